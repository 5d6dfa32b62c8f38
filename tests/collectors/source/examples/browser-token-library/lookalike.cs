class SignIn
{
    async Task Keep(Page page)
    {
        await _localStorage.SetItemAsync("theme", page.Theme);
        await _localStorage.SetItemAsync("csrfToken", page.Csrf);
        await _localStorage.RemoveItemAsync("authToken");
    }
}
