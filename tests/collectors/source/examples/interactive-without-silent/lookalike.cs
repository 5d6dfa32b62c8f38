// AcquireTokenInteractive() shows a window, so services take AcquireTokenForClient.
public async Task<string> Token()
{
    return (await _client.AcquireTokenForClient(_scopes).ExecuteAsync()).AccessToken;
}
