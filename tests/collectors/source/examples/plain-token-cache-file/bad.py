cache = msal.SerializableTokenCache()
with open("token_cache.json", "w") as file:
    file.write(cache.serialize())
