const options = { algorithms: ["RS256"], audience: "api://contoso-orders" };
