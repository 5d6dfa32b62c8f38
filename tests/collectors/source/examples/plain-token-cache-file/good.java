class Cache {
    PersistenceTokenCacheAccessAspect aspect = new PersistenceTokenCacheAccessAspect(settings);
}
