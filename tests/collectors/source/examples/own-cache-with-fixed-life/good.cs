public async Task<string> StockToken()
{
    var result = await _client.AcquireTokenForClient(_scopes).ExecuteAsync();
    return result.AccessToken;
}
