[Route("admin/roles")]
public class RolesController : ControllerBase
{
    [HttpPost]
    [Authorize(Roles = "Orders.Admin")]
    public async Task<IActionResult> Grant(Grant grant)
    {
        await _roles.Grant(grant.User, grant.Role);
        _logger.LogInformation("{By} granted {Role}", User.GetObjectId(), grant.Role);
        return NoContent();
    }
}
