class Cache implements ITokenCacheAccessAspect {
    public void afterCacheAccess(ITokenCacheAccessContext context) {
        session.setAttribute("cache", context.tokenCache().serialize());
    }
}
