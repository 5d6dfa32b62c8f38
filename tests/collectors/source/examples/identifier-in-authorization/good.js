if (claims.roles.includes("Orders.Admin")) allow();
