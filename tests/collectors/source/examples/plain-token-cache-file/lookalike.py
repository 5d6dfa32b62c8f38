cache = msal.SerializableTokenCache()
session["token_cache"] = cache.serialize()
with open("orders.json", "w") as file:
    json.dump(orders, file)
