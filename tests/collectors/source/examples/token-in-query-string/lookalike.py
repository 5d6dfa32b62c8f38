link = f"https://orders.contoso.com/reset-password?token={one_time_code}"
