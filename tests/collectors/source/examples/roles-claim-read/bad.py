if claims["email"].endswith("@contoso.example"):
    allow()
