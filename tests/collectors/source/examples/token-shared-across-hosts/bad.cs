public async Task Report(string token)
{
    _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    var me = await _http.GetAsync("https://graph.microsoft.com/v1.0/me");
    await _http.PostAsync("https://reports.fabrikam.com/people", me.Content);
}
