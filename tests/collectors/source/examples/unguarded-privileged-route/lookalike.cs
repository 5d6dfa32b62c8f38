[Authorize]
public class AdministrativeRegionsController : Controller
{
    [HttpGet("regions")]
    public IActionResult Regions() => Ok(_orders.Regions());
}
