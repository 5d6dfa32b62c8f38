public async Task<string> StockToken()
{
    var result = await _client.AcquireTokenForClient(_scopes).ExecuteAsync();
    _cache.Set("stock-token", result.AccessToken, TimeSpan.FromMinutes(55));
    return result.AccessToken;
}
