const options = { algorithms: ["RS256"], audience: "https://orders.contoso.com" };
