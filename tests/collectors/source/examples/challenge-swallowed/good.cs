public class OrdersController : ControllerBase
{
    public async Task<IActionResult> Orders()
    {
        try
        {
            var result = await _client.AcquireTokenOnBehalfOf(_scopes, Assertion()).ExecuteAsync();
            return Ok(await _stock.Read(result.AccessToken));
        }
        catch (MsalUiRequiredException refused)
        {
            await _tokens.ReplyForbiddenWithWwwAuthenticateHeaderAsync(_scopes, refused);
            return Forbid();
        }
    }
}
