builder.Services.AddAuthentication().AddMicrosoftIdentityWebApi(builder.Configuration);

[Authorize]
[ApiController]
public class OrdersController : ControllerBase
{
    [HttpGet]
    public IEnumerable<Order> All() => _orders.Everything();
}
