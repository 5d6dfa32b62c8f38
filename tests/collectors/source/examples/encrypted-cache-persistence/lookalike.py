cache = orders.build_persistence("cache.bin")
