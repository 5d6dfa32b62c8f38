public async Task Report()
{
    var token = await _tokens.For("https://graph.microsoft.com/.default");
    _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    var me = await _http.GetAsync("https://graph.microsoft.com/v1.0/me");
    token = await _tokens.For("https://reports.fabrikam.com/.default");
    _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    await _http.PostAsync("https://reports.fabrikam.com/people", me.Content);
}
