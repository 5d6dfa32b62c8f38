void AfterAccess(TokenCacheNotificationArgs args)
{
    File.WriteAllBytes(path, args.TokenCache.SerializeMsalV3());
}
