cache = PersistedTokenCache(FilePersistence("cache.json"))
