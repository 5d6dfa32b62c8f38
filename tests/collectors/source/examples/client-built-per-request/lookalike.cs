public class StockController : ControllerBase
{
    [HttpGet("stock")]
    public async Task<IActionResult> Stock()
    {
        var client = ConfidentialClientApplicationBuilder.Create(_clientId)
            .WithCertificate(_certificate)
            .WithCacheOptions(CacheOptions.EnableSharedCacheOptions)
            .Build();
        var result = await client.AcquireTokenForClient(_scopes).ExecuteAsync();
        return Ok(await _stock.Read(result.AccessToken));
    }
}
