class Cache implements ITokenCacheAccessAspect {
    public void afterCacheAccess(ITokenCacheAccessContext context) {
        Files.writeString(path, context.tokenCache().serialize());
    }
}
