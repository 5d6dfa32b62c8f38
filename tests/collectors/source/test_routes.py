"""Which routes count as unguarded, for every framework that the check reads, and where a handler lies."""

# ruff: noqa: E501 - a file on one line

import pytest

from ztcheck.collectors.source import handlers
from ztcheck.collectors.source.model import Language, Source, Unit
from ztcheck.collectors.source.scan import scan

EXPRESS = 'const express = require("express");\nconst app = express();\n'
GUARDED = EXPRESS + 'app.get("/orders", requireToken, orders.list);\n'
GIN = 'package orders\n\nimport "github.com/gin-gonic/gin"\n\nfunc routes(passed *gin.RouterGroup) {\n\tengine := gin.New()\n'
PROGRAM = "builder.Services.AddAuthentication().AddMicrosoftIdentityWebApi(builder.Configuration);\nvar app = builder.Build();\n"

OPEN = {
    "express": ("app.js", GUARDED + 'app.get("/export", (req, res) => res.json(all()));\n', 4),
    "express chain": ("app.js", GUARDED + 'app.route("/export")\n  .get((req, res) => res.json(all()));\n', 5),
    "express before the guard": (
        "app.js",
        EXPRESS + 'app.get("/export", (req, res) => res.json(all()));\napp.use(requireToken);\napp.get("/x", list);\n',
        3,
    ),
    "express with sessions alone": (
        "app.js",
        GUARDED
        + 'app.use(passport.initialize());\napp.use(passport.session());\napp.get("/export", (req, res) => res.json(all()));\n',
        6,
    ),
    "express where nothing is guarded": (
        "app.js",
        EXPRESS + 'app.post("/export", (req, res) => res.json(all()));\n',
        3,
    ),
    "gin": ("main.go", GIN + '\tengine.GET("/x", requireToken(), x)\n\tengine.GET("/export", export)\n}\n', 8),
    "gin, group without the guard": (
        "main.go",
        GIN
        + '\tengine.GET("/x", requireToken(), x)\n\topen := engine.Group("/open")\n\topen.POST("/export", export)\n}\n',
        9,
    ),
    "gin, a group passed in of which only others are guarded": (
        "main.go",
        GIN
        + '\tr := passed.Group("/jobs").Use(auth.MiddlewareFunc())\n\tr.GET("", list)\n\tpassed.GET("/jobs/remove", remove)\n}\n',
        9,
    ),
    "minimal API": ("Program.cs", PROGRAM + 'app.MapGet("/export", () => orders.Everything());\n', 3),
    "minimal API, group": (
        "Program.cs",
        PROGRAM + 'var group = app.MapGroup("/orders");\ngroup.MapDelete("/{id}", (int id) => orders.Remove(id));\n',
        4,
    ),
}
CLOSED = {
    "express, the router uses a guard": ("app.js", EXPRESS + 'app.use(requireToken);\napp.get("/export", list);\n'),
    "express, a path behind a guard": (
        "app.js",
        GUARDED + 'app.use("/export", security.isAuthorized());\napp.get("/export/all", (req, res) => res.json(all()));\n',
    ),
    "express, the handler looks": (
        "app.js",
        GUARDED + 'app.get("/export", (req, res) => (req.user ? res.json(all()) : res.status(401).end()));\n',
    ),
    "express, a middleware that looks, by another name": (
        "app.js",
        GUARDED
        + 'function orderOwner(req, res, next) {\n  if (!req.user) return res.status(401).end();\n  next();\n}\napp.get("/export", orderOwner, (req, res) => res.json(all()));\n',
    ),
    "an HTTP client": ("client.js", 'const api = axios.create();\napi.get("/export", { timeout: 9 });\n'),
    "gin, the engine uses a guard": ("main.go", GIN + '\tengine.Use(JWTAuth())\n\tengine.GET("/export", export)\n}\n'),
    "gin, a group passed in": ("main.go", GIN + '\tr := passed.Group("/jobs")\n\tr.GET("/export", export)\n}\n'),
    "net/http, wrapped as a whole": (
        "main.go",
        'package orders\n\nimport "net/http"\n\nfunc main() {\n\tmux := http.NewServeMux()\n\tmux.HandleFunc("/export", export)\n\thttp.ListenAndServe(":1", requireToken(mux))\n}\n',
    ),
    "net/http, wrapped by gorilla's use": (
        "main.go",
        'package orders\n\nimport "github.com/gorilla/mux"\n\nfunc main() {\n\tr := mux.NewRouter()\n\tr.Use(authenticate)\n\tr.HandleFunc("/export", export).Methods("POST")\n}\n',
    ),
    "minimal API with authorization": ("Program.cs", PROGRAM + 'app.MapGet("/export", () => all()).RequireAuthorization();\n'),
    "minimal API, public on purpose": ("Program.cs", PROGRAM + 'app.MapGet("/export", () => all()).AllowAnonymous();\n'),
    "minimal API, attribute": ("Program.cs", PROGRAM + 'app.MapGet("/export", [Authorize] () => all());\n'),
    "minimal API, group with authorization": (
        "Program.cs",
        PROGRAM + 'var group = app.MapGroup("/orders").RequireAuthorization();\ngroup.MapGet("/export", () => all());\n',
    ),
    "minimal API, the caller of the method requires authorization": (
        "Program.cs",
        PROGRAM + 'app.MapOrders().RequireAuthorization();\n\nstatic class Orders\n{\n    public static RouteGroupBuilder MapOrders(this IEndpointRouteBuilder routes)\n    {\n        var api = routes.MapGroup("/orders");\n        api.MapGet("/export", () => all());\n        return api;\n    }\n}\n',
    ),
    "express, a webhook that checks its signature": (
        "app.js",
        GUARDED + 'app.post("/payments", (req, res) => res.json(stripe.webhooks.constructEvent(req.body, req.headers.s, key)));\n',
    ),
    "minimal API, fallback policy": (
        "Program.cs",
        PROGRAM + 'services.AddAuthorization(o => o.FallbackPolicy = o.DefaultPolicy);\napp.MapGet("/export", () => all());\n',
    ),
}  # fmt: skip


def found(root):
    return [
        (item.effect, item.place.line)
        for item in scan(root, checks={"unguarded-route"}, use_cache=False).evidence.findings
    ]


@pytest.mark.parametrize("case", sorted(OPEN))
def test_a_route_that_nothing_authenticates_asks_for_a_look(tmp_path, case):
    name, text, line = OPEN[case]
    (tmp_path / name).write_text(text)
    assert found(tmp_path) == [("review", line)]


@pytest.mark.parametrize("case", sorted(CLOSED))
def test_a_route_behind_a_guard_stays_silent(tmp_path, case):
    name, text = CLOSED[case]
    (tmp_path / name).write_text(text)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    "route", ["/healthz", "/login", "/static/app.css", "/favicon.ico", "/.well-known/jwks.json", "/"]
)
@pytest.mark.parametrize("name", ["app.js", "main.go", "Program.cs"])
def test_health_sign_in_and_static_routes_need_no_guard(tmp_path, name, route):
    text = {
        "app.js": GUARDED + f'app.get("{route}", (req, res) => res.json(all()));\n',
        "main.go": GIN + f'\tengine.GET("/x", requireToken(), x)\n\tengine.GET("{route}", show)\n}}\n',
        "Program.cs": PROGRAM + f'app.MapGet("{route}", () => all());\n',
    }[name]
    (tmp_path / name).write_text(text)
    assert found(tmp_path) == []


def test_routers_of_other_files_are_behind_the_guard_that_they_are_mounted_behind(tmp_path):
    (tmp_path / "routes").mkdir()
    router = 'const router = require("express").Router();\nrouter.get("/export", (req, res) => res.json(all()));\n'
    for name in ("orders", "reports"):
        (tmp_path / "routes" / f"{name}.js").write_text(router)
    (tmp_path / "app.js").write_text(
        EXPRESS + 'const orders = require("./routes/orders");\nconst reports = require("./routes/reports");\n'
        'app.use("/orders", requireToken, orders);\napp.use("/reports", reports);\napp.get("/x", requireToken, x);\n'
    )
    paths = {item.place.path for item in scan(tmp_path, checks={"unguarded-route"}).evidence.findings}
    assert paths == {"routes/reports.js"}


def test_where_nothing_of_an_application_is_guarded_one_finding_says_so(tmp_path):
    routes = "".join(f'app.get("/orders/{n}", (req, res) => res.json(all()));\n' for n in range(5))
    (tmp_path / "app.js").write_text(EXPRESS + routes)
    (finding,) = scan(tmp_path, checks={"unguarded-route"}).evidence.findings
    assert "any route" in finding.message


HANDLERS: dict[str, tuple[Language, str, str, set[str], tuple[int, int]]] = {
    "flask": ("python", '@bp.route("/orders", methods=["POST"])\n@signed_in\ndef add():\n    save()\n', "/orders", {"POST"}, (3, 4)),
    "flask prefix": (
        "python",
        'bp = Blueprint("b", __name__, url_prefix="/admin")\n\n@bp.get("/orders")\ndef all():\n    pass\n',
        "/admin/orders",
        {"GET"},
        (4, 5),
    ),
    "fastapi": ("python", '@router.delete("/orders/{id}")\nasync def gone(id):\n    pass\n', "/orders/{id}", {"DELETE"}, (2, 3)),
    "django": ("python", "from django.http import X\n\ndef add(request):\n    pass\n", "", set(), (3, 4)),
    "express": ("javascript", EXPRESS + 'app.put("/orders", guard, (req, res) => {\n  save();\n});\n', "/orders", {"PUT"}, (3, 5)),
    "express by name": (
        "javascript",
        EXPRESS + 'app.put("/orders", guard, put);\nfunction put(req, res) {\n  save();\n}\n',
        "/orders",
        {"PUT"},
        (4, 6),
    ),
    "controller": (
        "csharp",
        '[Route("api/[controller]")]\npublic class OrdersController : ControllerBase\n{\n    [HttpPut("{id}")]\n    public IActionResult Put(int id)\n    {\n        return Ok();\n    }\n}\n',
        "/api/Orders/{id}",
        {"PUT"},
        (5, 8),
    ),
    "minimal API": ("csharp", 'var g = app.MapGroup("/v1");\ng.MapPost("/orders", () =>\n{\n    Save();\n});\n', "/v1/orders", {"POST"}, (2, 5)),
    "spring": (
        "java",
        '@RequestMapping("/api")\nclass Orders {\n    @PostMapping("/orders")\n    void add() {\n        save();\n    }\n}\n',
        "/api/orders",
        {"POST"},
        (4, 6),
    ),
    "servlet": ("java", "class S {\n    protected void doPost(HttpServletRequest r, HttpServletResponse a) {\n        save();\n    }\n}\n", "", {"POST"}, (2, 4)),
    "net/http": (
        "go",
        'package o\n\nfunc routes() {\n\thttp.HandleFunc("PUT /orders", put)\n}\n\nfunc put(w http.ResponseWriter, r *http.Request) {\n\tsave()\n}\n',
        "/orders",
        {"PUT"},
        (7, 9),
    ),
    "gin group": (
        "go",
        'package o\n\nfunc routes(e *gin.Engine) {\n\tg := e.Group("/v1")\n\tg.DELETE("/orders", func(c *gin.Context) {\n\t\tgone()\n\t})\n}\n',
        "/v1/orders",
        {"DELETE"},
        (5, 7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(HANDLERS))
def test_a_handler_is_found_with_its_route_methods_and_body(case):
    language, text, route, methods, lines = HANDLERS[case]
    unit = Unit(Source("src/orders", language, text, "production"))
    found = next(handler for handler in unit.handlers if handler.first)
    assert (found.route, set(found.methods), (found.first, found.last)) == (route, methods, lines)
    assert handlers.around(unit, lines[1]) == found
