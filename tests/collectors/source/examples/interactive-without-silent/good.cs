public async Task<string> Token()
{
    try
    {
        return (await _client.AcquireTokenSilent(_scopes, _account).ExecuteAsync()).AccessToken;
    }
    catch (MsalUiRequiredException)
    {
        return (await _client.AcquireTokenInteractive(_scopes).ExecuteAsync()).AccessToken;
    }
}
