const link = "https://orders.contoso.com/help/how-to-consent";
