services.ConfigureApplicationCookie(options =>
{
    options.Cookie.HttpOnly = false;
});
