const url = "https://orders.contoso.com/export?access_token=" + accessToken;
