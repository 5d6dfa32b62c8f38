const response = await fetch("https://orders.contoso.com/export", { headers: { Authorization: `Bearer ${accessToken}` } });
