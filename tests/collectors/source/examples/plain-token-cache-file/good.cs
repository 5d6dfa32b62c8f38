var helper = await MsalCacheHelper.CreateAsync(properties);
helper.RegisterCache(app.UserTokenCache);
