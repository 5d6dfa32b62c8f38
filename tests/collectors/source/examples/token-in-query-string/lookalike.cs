var link = $"https://orders.contoso.com/confirm-email?token={code}";
