var helper = await MsalCacheHelper.CreateAsync(properties);
