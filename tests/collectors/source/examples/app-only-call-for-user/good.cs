[Authorize]
public class MessagesController : Controller
{
    [HttpGet("messages")]
    public async Task<IActionResult> Messages()
    {
        var name = User.GetDisplayName();
        var token = await _tokens.GetAccessTokenForUserAsync(new[] { "Mail.ReadBasic" });
        return View(await _graph.MyMessages(token, name));
    }
}
