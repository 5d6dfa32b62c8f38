builder.Services.AddAuthorization(options => options.FallbackPolicy = options.DefaultPolicy);
app.UseAuthentication();

[ApiController]
public class OrdersController : ControllerBase
{
    [HttpGet]
    public IEnumerable<Order> All() => _orders.Everything();
}
