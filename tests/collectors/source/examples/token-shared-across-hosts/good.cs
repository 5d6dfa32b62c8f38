public async Task Report(string graphToken)
{
    _graph.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", graphToken);
    var me = await _graph.GetAsync("https://graph.microsoft.com/v1.0/me");
    await _reports.Send(me.Content);
}
