public class DeliveryController : ControllerBase
{
    [HttpPost("deliveries")]
    public async Task<IActionResult> Deliver(Delivery delivery)
    {
        var token = await _tokens.GetAccessTokenForAppAsync("https://orders.contoso.com/.default");
        return Ok(await _orders.Deliver(delivery, token));
    }
}
