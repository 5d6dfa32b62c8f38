public class OrdersController : ControllerBase
{
    public async Task<IActionResult> Orders()
    {
        var result = await _client.AcquireTokenOnBehalfOf(_scopes, Assertion()).ExecuteAsync();
        return Ok(await _stock.Read(result.AccessToken));
    }
}
