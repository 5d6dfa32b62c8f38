void AfterAccess(TokenCacheNotificationArgs args)
{
    File.WriteAllBytes(path, ProtectedData.Protect(args.TokenCache.SerializeMsalV3(), null, DataProtectionScope.CurrentUser));
}
