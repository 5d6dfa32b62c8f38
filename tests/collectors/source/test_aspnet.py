"""Which controllers, hubs, services and functions of ASP.NET count as open: where nothing stands before them."""

# ruff: noqa: E501 - code of others on one line

import pytest

from ztcheck.collectors.source.scan import scan

SIGNS_IN = "builder.Services.AddAuthentication().AddMicrosoftIdentityWebApi(builder.Configuration);\n"
ORDERS = """[ApiController]
[Route("api/orders")]
public class OrdersController : ControllerBase
{
    [HttpGet]
    public IActionResult All() => Ok(_orders.All());
}
"""
CUSTOMERS = """public class CustomersController : Controller
{
    public IActionResult Index() => View(_customers.All());
    [HttpPost]
    [ValidateAntiForgeryToken]
    public IActionResult Remove(int id) { _customers.Remove(id); return RedirectToAction("Index"); }
}
"""
HUB = "public class OrdersHub : Hub\n{\n    public Task Send(string text) => Clients.All.SendAsync(text);\n}\n"
FUNCTION = """public class Orders
{
    [Function("RemoveOrder")]
    public async Task<HttpResponseData> Remove([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "orders/{id}")] HttpRequestData req, string id)
    {
        await _orders.Remove(id);
        return req.CreateResponse(HttpStatusCode.NoContent);
    }
}
"""
IN_PROCESS = """public static class AllOrders
{
    [FunctionName(nameof(AllOrders))]
    public static IActionResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = null)] HttpRequest req, ILogger log)
    {
        return new OkObjectResult(orders.All());
    }
}
"""
# Files, and the lines of the last of them on which the check speaks.
OPEN = {
    "API controller where others sign in": ({"Program.cs": SIGNS_IN, "OrdersController.cs": ORDERS}, [3]),
    "API controller that derives from one's own base": (
        {
            "Program.cs": SIGNS_IN,
            "Base.cs": "public abstract class ShopController : ControllerBase { }\n",
            "OrdersController.cs": ORDERS.replace("ControllerBase", "ShopController"),
        },
        [3],
    ),
    "API controller that changes things where nobody signs in": (
        {"Program.cs": "app.MapControllers();\n", "OrdersController.cs": ORDERS.replace("HttpGet", "HttpPost")},
        [3, 6],
    ),
    "MVC controller that changes things": ({"Program.cs": SIGNS_IN, "CustomersController.cs": CUSTOMERS}, [1, 6]),
    "another application covers only its own": (
        {
            "admin/Admin.csproj": "<Project/>\n",
            "admin/Program.cs": SIGNS_IN + "app.MapControllers().RequireAuthorization();\n",
            "shop/Shop.csproj": "<Project/>\n",
            "shop/Program.cs": SIGNS_IN,
            "shop/OrdersController.cs": ORDERS,
        },
        [3],
    ),
    "AllowAnonymous on an action that removes": (
        {
            "OrdersController.cs": "[Authorize]\n"
            + ORDERS.replace("    [HttpGet]", '    [AllowAnonymous]\n    [HttpDelete("{id}")]')
        },
        [6],
    ),
    "AllowAnonymous on a controller that changes things": (
        {"OrdersController.cs": "[AllowAnonymous]\n" + ORDERS.replace("[HttpGet]", "[HttpPut]")},
        [1],
    ),
    "hub": ({"OrdersHub.cs": HUB, "Program.cs": SIGNS_IN + 'app.MapHub<OrdersHub>("/orders");\n'}, [2]),
    "gRPC service": (
        {
            "Ledger.cs": "public class Ledger : Books.BooksBase\n{\n    public override Task<Reply> Move(Request r, ServerCallContext c) => _books.Move(r);\n}\n",
            "Program.cs": SIGNS_IN + "app.MapGrpcService<Ledger>();\n",
        },
        [2],
    ),
    "FastEndpoints": (
        {
            "Remove.cs": 'public class Remove : Endpoint<Request>\n{\n    public override void Configure()\n    {\n        Delete("/orders/{id}");\n        AllowAnonymous();\n    }\n}\n'
        },
        [6],
    ),
    "function, isolated": ({"Orders.cs": FUNCTION}, [4]),
    "function, in process": ({"AllOrders.cs": IN_PROCESS}, [5]),
    "minimal API in a method called on the application, beside a guarded group": (
        {
            "Program.cs": SIGNS_IN
            + 'var app = builder.Build();\napp.MapGroup("/mine").RequireAuthorization().MapMine();\napp.MapOrders();\n',
            "Orders.cs": 'static class Orders\n{\n    public static void MapOrders(this IEndpointRouteBuilder routes)\n    {\n        var group = routes.MapGroup("/orders");\n        group.MapPost("/", (Order order) => Save(order));\n    }\n}\n',
        },
        [6],
    ),
}
CLOSED = {
    "fallback policy": {"Program.cs": SIGNS_IN + "options.FallbackPolicy = options.DefaultPolicy;\n", "OrdersController.cs": ORDERS},
    "authorization of all controllers": {
        "Program.cs": SIGNS_IN + "app.MapControllers().RequireAuthorization();\n",
        "OrdersController.cs": ORDERS,
    },
    "a filter for all actions": {
        "Startup.cs": SIGNS_IN + "services.AddControllers(o => o.Filters.Add(new AuthorizeFilter(policy)));\n",
        "OrdersController.cs": ORDERS,
    },
    "a middleware of one's own refuses": {
        "Program.cs": SIGNS_IN + "app.UseMiddleware<Doorkeeper>();\n",
        "Doorkeeper.cs": "public class Doorkeeper\n{\n    public Doorkeeper(RequestDelegate next) { }\n    public Task Invoke(HttpContext c) { c.Response.StatusCode = 401; return Task.CompletedTask; }\n}\n",
        "OrdersController.cs": ORDERS,
    },
    "the base is guarded": {
        "Program.cs": SIGNS_IN,
        "Base.cs": "[Authorize]\npublic abstract class ShopController : ControllerBase { }\n",
        "OrdersController.cs": ORDERS.replace("ControllerBase", "ShopController"),
    },
    "an attribute of one's own": {"Program.cs": SIGNS_IN, "OrdersController.cs": "[RequireApiKey]\n" + ORDERS},
    "a controller that asks": {
        "Program.cs": SIGNS_IN,
        "OrdersController.cs": ORDERS.replace("Ok(_orders.All())", "User.Identity.IsAuthenticated ? Ok() : Unauthorized()"),
    },
    "pages that only show": {"Program.cs": SIGNS_IN, "CustomersController.cs": CUSTOMERS.replace("[HttpPost]", "[HttpGet]")},
    "sign-in": {"Program.cs": SIGNS_IN, "LoginController.cs": ORDERS.replace("OrdersController", "LoginController")},
    "AllowAnonymous on what is public": {
        "OrdersController.cs": "[Authorize]\n" + ORDERS.replace("    [HttpGet]", '    [AllowAnonymous]\n    [HttpPost("login")]')
    },
    "hub behind a policy": {"OrdersHub.cs": HUB, "Program.cs": 'app.MapHub<OrdersHub>("/orders").RequireAuthorization();\n'},
    "hub with an attribute": {"OrdersHub.cs": "[Authorize]\n" + HUB, "Program.cs": 'app.MapHub<OrdersHub>("/orders");\n'},
    "function behind a middleware": {
        "Program.cs": "worker.UseMiddleware<JwtMiddleware>();\n",
        "Orders.cs": FUNCTION,
    },
    "function that asks": {"Orders.cs": FUNCTION.replace("await _orders", "if (!await _tokens.ValidateToken(req)) return Refused(req);\n        await _orders")},
    "function with a signed webhook": {"Orders.cs": FUNCTION.replace("await _orders", "EventUtility.ConstructEvent(body, header, key);\n        await _orders")},
    "function of a bot": {"Orders.cs": "using Microsoft.Bot.Builder;\n" + FUNCTION.replace("orders/{id}", "api/messages")},
    "function that says it is well": {"Orders.cs": FUNCTION.replace("orders/{id}", "health")},
}  # fmt: skip


def lines(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    found = scan(root, checks={"unguarded-route"}, use_cache=False).evidence.findings
    assert {item.effect for item in found} <= {"review"}
    assert {item.place.path for item in found} <= set(list(files)[-1:])
    return [item.place.line for item in found]


@pytest.mark.parametrize("case", sorted(OPEN))
def test_what_nothing_stands_before_asks_for_a_look(tmp_path, case):
    files, expected = OPEN[case]
    assert lines(tmp_path, files) == expected


@pytest.mark.parametrize("case", sorted(CLOSED))
def test_what_something_stands_before_stays_silent(tmp_path, case):
    assert lines(tmp_path, CLOSED[case]) == []
