cache = PersistedTokenCache(build_encrypted_persistence("cache.bin"))
