[Authorize(Roles = "Orders.Admin")]
public class AdminOrdersController : Controller
{
    [HttpPost("refund")]
    public IActionResult Refund(Refund refund) => Ok(_orders.Refund(refund));
}
