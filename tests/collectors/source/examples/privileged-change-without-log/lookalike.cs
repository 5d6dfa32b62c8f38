[Route("orders")]
public class OrdersController : ControllerBase
{
    [HttpPost]
    [Authorize(Roles = "Orders.Admin")]
    public async Task<IActionResult> Add(Order order)
    {
        await _orders.Add(order);
        return NoContent();
    }
}
