[Authorize]
public class MessagesController : Controller
{
    [HttpGet("messages")]
    public async Task<IActionResult> Messages(string mailbox)
    {
        var name = User.GetDisplayName();
        var token = await _tokens.GetAccessTokenForAppAsync("https://graph.microsoft.com/.default");
        return View(await _graph.MessagesOf(mailbox, token, name));
    }
}
