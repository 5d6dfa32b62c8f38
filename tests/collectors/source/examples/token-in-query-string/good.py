response = httpx.get("https://orders.contoso.com/export", headers={"Authorization": f"Bearer {token}"})
