url = f"https://orders.contoso.com/export?access_token={token}"
