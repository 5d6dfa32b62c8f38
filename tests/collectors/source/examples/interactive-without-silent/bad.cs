public async Task<string> Token()
{
    var result = await _client.AcquireTokenInteractive(_scopes).ExecuteAsync();
    return result.AccessToken;
}
