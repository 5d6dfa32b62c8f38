cache = PersistedTokenCache(build_encrypted_persistence("token_cache.bin"))
