public class StockController : ControllerBase
{
    private readonly IConfidentialClientApplication _client;

    [HttpGet("stock")]
    public async Task<IActionResult> Stock()
    {
        var result = await _client.AcquireTokenForClient(_scopes).ExecuteAsync();
        return Ok(await _stock.Read(result.AccessToken));
    }
}
