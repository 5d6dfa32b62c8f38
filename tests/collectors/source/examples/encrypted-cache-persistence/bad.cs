File.WriteAllBytes(path, args.TokenCache.SerializeMsalV3());
