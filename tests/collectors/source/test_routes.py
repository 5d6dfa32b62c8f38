"""Which routes count as unguarded, for every framework that the check reads, and where a handler lies."""

# ruff: noqa: E501 - a file on one line

import pytest

from ztcheck.collectors.source import handlers
from ztcheck.collectors.source.model import Language, Source, Unit
from ztcheck.collectors.source.scan import scan

EXPRESS = 'const express = require("express");\nconst app = express();\n'
GUARDED = EXPRESS + 'app.get("/orders", requireToken, orders.list);\n'
FASTAPI = "class Base:\n    session: Session = Depends(make_session)\n\nclass User(Base):\n    user: Person = Depends(get_current_user)\n\n\n"
FLASK = "from flask import Flask, g\n\napp = Flask(__name__)\n\n"
NEST = "import { Controller } from '@nestjs/common';\n\n@Controller('orders')\nexport class OrdersController {\n"
GIN = 'package orders\n\nimport "github.com/gin-gonic/gin"\n\nfunc routes(passed *gin.RouterGroup) {\n\tengine := gin.New()\n'
PROGRAM = "builder.Services.AddAuthentication().AddMicrosoftIdentityWebApi(builder.Configuration);\nvar app = builder.Build();\n"
CONTROLLER = '[Route("orders")]\npublic class OrdersController : Controller\n{\n    [HttpPost]\n    [Authorize(Roles = "Clerk")]\n    public IActionResult Add(Order order) { return Ok(); }\n'

OPEN = {
    "express, behind what only reads the header": (
        "app.js",
        EXPRESS
        + 'const extract = (req, res, next) => {\n  req.sent = req.get("authorization");\n  next();\n};\napp.use(extract);\napp.get("/export", (req, res) => res.json(all()));\n',
        8,
    ),
    "graphql": (
        "resolvers.js",
        'const { ApolloServer } = require("@apollo/server");\nexports.resolvers = {\n  Query: { me: (_, args, { user }) => user },\n  Mutation: {\n    addOrder: async (_, { item }, { user, db }) => {\n      if (!user) throw new Error("who are you?");\n      return db.orders.insert({ item });\n    },\n    removeOrder: async (_, { id }, { db }) => db.orders.remove(id),\n    login: async (_, { name, password }, { db }) => sign(await db.find(name, password)),\n  },\n};\n',
        9,
    ),
    "sveltekit, action of a page": (
        "src/routes/orders/+page.server.ts",
        'import { db } from "$lib/server/db";\nexport const load = async () => ({ orders: await db.order.findMany() });\nexport const actions = {\n  remove: async ({ request }) => {\n    const data = await request.formData();\n    await db.order.delete({ where: { id: data.get("id") } });\n  },\n};\n',
        4,
    ),
    "remix": (
        "app/routes/orders.$id.tsx",
        'import { db } from "~/utils/db.server";\nexport async function action({ request, params }) {\n  await db.order.delete({ where: { id: params.id } });\n  return redirect("/orders");\n}\n',
        2,
    ),
    "express, below the path of a class": (
        "orders.controller.ts",
        'import { Router } from "express";\nexport class OrdersController {\n  path = "/orders";\n  router = Router();\n  constructor() {\n    this.router.delete(`${this.path}/:id`, this.remove);\n    this.router.get(this.path, authenticate, this.list);\n  }\n  remove = async (req, res) => res.json(await orders.remove(req.params.id));\n  list = async (req, res) => res.json(await orders.list());\n}\nfunction authenticate(req, res, next) {\n  return verify(req.headers.authorization) ? next() : res.status(401).end();\n}\n',
        6,
    ),
    "tsoa": (
        "orders.controller.ts",
        'import { Controller, Delete, Post, Route, Security } from "tsoa";\n@Route("orders")\nexport class OrdersController extends Controller {\n  @Delete("{id}") public async remove(id) { return orders.remove(id); }\n  @Security("jwt")\n  @Post() public async create(body) { return orders.create(body); }\n}\n',
        4,
    ),
    "spring, the insides of the service": (
        "Security.java",
        'class Security {\n  SecurityFilterChain chain(HttpSecurity http) {\n    http.authorizeHttpRequests(a -> a\n      .requestMatchers("/actuator/**").permitAll()\n      .anyRequest().authenticated());\n  }\n}\n',
        4,
    ),
    "spring, passed by": (
        "Security.java",
        'class Security {\n  WebSecurityCustomizer customizer(HttpSecurity http) {\n    return web -> web.ignoring().requestMatchers("/api/users/**");\n  }\n}\n',
        3,
    ),
    "jax-rs": (
        "Orders.java",
        '@Path("/orders")\npublic class Orders {\n  @DELETE\n  @Path("/{id}")\n  public Response remove(@PathParam("id") long id) {\n    return remove(id);\n  }\n}\n',
        5,
    ),
    "function in java": (
        "Orders.java",
        'class Orders {\n  @FunctionName("RemoveOrder")\n  public HttpResponseMessage run(\n      @HttpTrigger(name = "req", authLevel = AuthorizationLevel.ANONYMOUS, route = "orders/{id}") HttpRequestMessage<String> request) {\n    return remove(request);\n  }\n}\n',
        4,
    ),
    "chi, a closure beside a guarded one": (
        "main.go",
        'package orders\n\nimport "github.com/go-chi/chi/v5"\n\nfunc main() {\n\tr := chi.NewRouter()\n\tr.Group(func(r chi.Router) {\n\t\tr.Use(requireToken)\n\t\tr.Get("/orders", all)\n\t})\n\tr.Group(func(r chi.Router) {\n\t\tr.Delete("/orders/{id}", remove)\n\t})\n}\n',
        12,
    ),
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
    "express, a change on a router's own address": (
        "app.js",
        GUARDED + 'const router = express.Router();\nrouter.post("/", (req, res) => res.json(all()));\n',
        5,
    ),
    "flask, whatever runs before asks nobody": (
        "app.py",
        FLASK
        + '@app.before_request\ndef note():\n    g.began = now()\n\n@app.route("/export")\ndef export():\n    return everything()\n',
        9,
    ),
    "fastapi, a change on a router's own address": (
        "sources.py",
        'from fastapi import APIRouter\n\nrouter = APIRouter()\n\n@router.post("/")\ndef create(source: Source):\n    return save(source)\n',
        5,
    ),
    "fastapi, a class that depends on nobody": (
        "sources.py",
        FASTAPI
        + '@controller(router)\nclass Sources(Base):\n    @router.get("/export")\n    def export(self):\n        return everything()\n',
        10,
    ),
    "nest": (
        "orders.controller.ts",
        NEST
        + "  @UseGuards(AuthGuard('jwt'))\n  @Get()\n  list() {}\n\n  @Post('export')\n  @ApiOperation({ summary: 'all' })\n  all() {}\n}\n",
        9,
    ),
    "nest, a guard that only counts": (
        "orders.controller.ts",
        NEST
        + "  @UseGuards(AuthGuard('jwt'))\n  @Get()\n  list() {}\n\n  @UseGuards(ThrottlerGuard)\n  @Post('export')\n  all() {}\n}\n",
        10,
    ),
    "nest where nothing is guarded": (
        "orders.controller.ts",
        NEST + "  @Post('export')\n  all() {}\n}\n",
        5,
    ),
    "next, app router": (
        "app/api/export/route.ts",
        "import { NextResponse } from 'next/server';\n\nexport async function POST(request: Request) {\n  return NextResponse.json(await all());\n}\n",
        3,
    ),
    "next, pages router": (
        "pages/api/export.ts",
        "import type { NextApiRequest, NextApiResponse } from 'next';\n\nexport default async function handler(req: NextApiRequest, res: NextApiResponse) {\n  res.json(await all());\n}\n",
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
    "echo, whose guards follow the handler": (
        "main.go",
        'package orders\n\nimport "github.com/labstack/echo/v4"\n\nfunc main() {\n\te := echo.New()\n\te.GET("/mine", mine, IsLoggedIn)\n\te.DELETE("/export", export, logged)\n}\n',
        8,
    ),
    "gin, a function that is given an open group": (
        "main.go",
        GIN
        + '\tengine.GET("/x", requireToken(), x)\n\tjobs(engine.Group("/jobs"))\n}\n\nfunc jobs(group *gin.RouterGroup) {\n\tgroup.POST("/export", export)\n}\n',
        12,
    ),
    "net/http, a router in a field": (
        "main.go",
        'package orders\n\nimport "net/http"\n\nfunc make() *API {\n\ta := &API{router: http.NewServeMux()}\n\ta.router.HandleFunc("/keys", keys)\n\ta.router.HandleFunc("/mine", requireUser(mine))\n\treturn a\n}\n',
        7,
    ),
    "minimal API": ("Program.cs", PROGRAM + 'app.MapGet("/export", () => orders.Everything());\n', 3),
    "minimal API where nobody signs in": (
        "Orders.cs",
        'static class Orders\n{\n    static void Map(RouteGroupBuilder group)\n    {\n        group.MapPost("/orders", Add);\n    }\n}\n',
        5,
    ),
    "action beside guarded ones": (
        "OrdersController.cs",
        CONTROLLER + '    [HttpDelete("{id}")]\n    public IActionResult Remove(int id) { return Ok(); }\n}\n',
        8,
    ),
    "spring without security": (
        "OrdersController.java",
        '@RestController\nclass OrdersController {\n  @PostMapping("/orders")\n  void add(Order order) { save(order); }\n}\n',
        3,
    ),
    "spring, a controller whose mappings an interface holds": (
        "Orders.java",
        'public interface Orders {\n  @PostMapping("/orders")\n  void add(Order order);\n}\n@RestController\nclass OrdersController implements Orders {\n  public void add(Order order) { save(order); }\n}\n',
        2,
    ),
    "spring, of a package that is called an example": (
        "src/main/java/com/example/OrdersController.java",
        '@RestController\nclass OrdersController {\n  @PostMapping("/orders")\n  void add(Order order) { save(order); }\n}\n',
        3,
    ),
    "spring, an index that is changed": (
        "OrdersController.java",
        '@RestController\nclass OrdersController {\n  @PostMapping("/index/add")\n  void add(Order order) { save(order); }\n}\n',
        3,
    ),
    "gin, beside a group that jwt guards": (
        "main.go",
        GIN
        + '\tguarded := engine.Group("/x")\n\tguarded.Use(jwt.JWT())\n\tguarded.GET("/orders", list)\n\tengine.POST("/export", export)\n}\n',
        10,
    ),
    "net/http, a router passed in where single handlers are wrapped": (
        "main.go",
        'package orders\n\nimport "net/http"\n\nfunc routes(mux *http.ServeMux) {\n\tmux.HandleFunc("/orders", requireLogin(list))\n\tmux.HandleFunc("/setup/now", setUp)\n}\n\nfunc show(w http.ResponseWriter, r *http.Request) {\n\tid := getSession(r, "id")\n}\n',
        7,
    ),
    "minimal API, group": (
        "Program.cs",
        PROGRAM + 'var group = app.MapGroup("/orders");\ngroup.MapDelete("/{id}", (int id) => orders.Remove(id));\n',
        4,
    ),
}
CLOSED = {
    "express, a check of permissions": ("app.js", EXPRESS + 'const guard = require("express-jwt-permissions")();\napp.get("/export", guard.check("admin"), (req, res) => res.json(all()));\n'),
    "graphql, each asks": ('resolvers.js', 'const { ApolloServer } = require("@apollo/server");\nexports.resolvers = {\n  Mutation: {\n    addOrder: async (_, { item }, context) => {\n      requireCaller(context);\n      return context.db.orders.insert({ item });\n    },\n    removeOrder: async (_, { id }, { currentUser, db }) => db.orders.remove(id, currentUser),\n  },\n};\nconst requireCaller = (context) => { if (!context.caller) throw new Error("unauthorized"); };\n'),
    "sveltekit, action that asks": ('src/routes/orders/+page.server.ts', 'import { db } from "$lib/server/db";\nexport const actions = {\n  remove: async ({ request, locals }) => {\n    if (!locals.user) return fail(401);\n    const data = await request.formData();\n    await db.order.delete({ where: { id: data.get("id") } });\n  },\n};\n'),
    "azure functions, principal of the platform": ('functions.ts', 'import { app } from "@azure/functions";\napp.http("orders", {\n  authLevel: "anonymous",\n  handler: async (request) => {\n    const principal = decode(request.headers.get("x-ms-client-principal"));\n    return { jsonBody: await orders.of(principal.userId) };\n  },\n});\n'),
    "spring, what is public": (
        "Security.java",
        'class Security {\n  SecurityFilterChain chain(HttpSecurity http) {\n    http.authorizeHttpRequests(a -> a.requestMatchers("/actuator/health", "/api/auth/**", "/swagger-ui/**").permitAll().anyRequest().authenticated());\n  }\n  WebSecurityCustomizer customizer() {\n    return web -> web.ignoring().requestMatchers("/css/**", "/images/**");\n  }\n}\n',
    ),
    "jax-rs with a role": (
        "Orders.java",
        '@Path("/orders")\n@RolesAllowed("Clerk")\npublic class Orders {\n  @DELETE\n  public Response remove(long id) {\n    return remove(id);\n  }\n}\n',
    ),
    "jax-rs behind a filter": (
        "Orders.java",
        '@Path("/orders")\npublic class Orders {\n  @DELETE\n  public Response remove(long id) {\n    return remove(id);\n  }\n}\nclass Keys implements ContainerRequestFilter {}\n',
    ),
    "jax-rs of a client": (
        "Orders.java",
        '@Path("/orders")\n@RegisterRestClient\npublic interface Orders {\n  @DELETE\n  Response remove(long id);\n}\n',
    ),
    "function in java that asks": (
        "Orders.java",
        'class Orders {\n  @FunctionName("RemoveOrder")\n  public HttpResponseMessage run(\n      @HttpTrigger(name = "req", authLevel = AuthorizationLevel.ANONYMOUS) HttpRequestMessage<String> request) {\n    tokens.verify(request);\n    return remove(request);\n  }\n}\n',
    ),
    "express, a home page": ("app.js", GUARDED + 'app.get("/", (req, res) => res.json(all()));\n'),
    "flask, before every request somebody must have signed in": (
        "app.py",
        FLASK + '@app.before_request\ndef ask():\n    if "name" not in g.user:\n        abort(401)\n\n@app.route("/export")\ndef export():\n    return everything()\n',
    ),
    "flask, a page that shows everybody the same": (
        "app.py",
        FLASK + '@app.route("/solutions")\ndef page():\n    return render_template("page.html", name="solutions")\n',
    ),
    "fastapi, a class that depends on who calls": (
        "sources.py",
        FASTAPI + '@controller(router)\nclass Sources(User):\n    @router.get("/export")\n    def export(self):\n        return everything()\n',
    ),
    "nest, a guard on the controller": (
        "orders.controller.ts",
        NEST.replace("@Controller", "@UseGuards(JwtAuthGuard, RolesGuard)\n@Controller") + "  @Post('export')\n  all() {}\n}\n",
    ),
    "nest, a guard for the application": (
        "orders.controller.ts",
        NEST + "  @Post('export')\n  all() {}\n}\n\nexport const providers = [{ provide: APP_GUARD, useClass: JwtAuthGuard }];\n",
    ),
    "nest, a decorator of one's own": (
        "orders.controller.ts",
        NEST + "  @Auth('admin')\n  @Post('export')\n  all() {}\n}\n",
    ),
    "nest, said to be public": (
        "orders.controller.ts",
        NEST + "  @UseGuards(AuthGuard('jwt'))\n  @Get()\n  list() {}\n\n  @Public()\n  @Post('export')\n  all() {}\n}\n",
    ),
    "nest, the handler asks": (
        "orders.controller.ts",
        NEST + "  @Post('export')\n  all(@CurrentUser() user: User) {}\n}\n",
    ),
    "next, the handler asks": (
        "app/api/export/route.ts",
        "import { auth } from '@/auth';\n\nexport async function POST(request: Request) {\n  const session = await auth();\n  return Response.json(await all(session));\n}\n",
    ),
    "next, the same for everybody": (
        "pages/api/names.ts",
        "import type { NextApiRequest, NextApiResponse } from 'next';\n\nexport default function handler(req: NextApiRequest, res: NextApiResponse) {\n  res.json(['ada']);\n}\n",
    ),
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
    "gin, a function that is given a guarded group": (
        "main.go",
        GIN + '\tv1 := engine.Group("/v1")\n\tv1.Use(middleware.JWT())\n\tjobs(v1)\n}\n\nfunc jobs(group *gin.RouterGroup) {\n\tgroup.POST("/export", export)\n}\n',
    ),
    "fiber, a group that its name calls public": (
        "main.go",
        'package orders\n\nimport "github.com/gofiber/fiber/v2"\n\nfunc main() {\n\tapp := fiber.New()\n\tpublicAPI := app.Group("/api")\n\tpublicAPI.Get("/config", config)\n\tapp.Get("/mine", requireUser, mine)\n}\n',
    ),
    "echo, a group with its library's guard": (
        "main.go",
        'package orders\n\nimport "github.com/labstack/echo/v4"\n\nfunc main() {\n\te := echo.New()\n\tr := e.Group("/mine")\n\tr.Use(echojwt.WithConfig(config))\n\tr.GET("/export", export)\n}\n',
    ),
    "chi, a router that is mounted behind a guard": (
        "main.go",
        'package orders\n\nimport "github.com/go-chi/chi/v5"\n\nfunc router() chi.Router {\n\tr := chi.NewRouter()\n\tr.Put("/export", export)\n\treturn r\n}\n\nfunc main() {\n\tapp := chi.NewRouter()\n\tapp.Group(func(r chi.Router) {\n\t\tr.Use(authenticate)\n\t\tr.Mount("/orders", router())\n\t})\n}\n',
    ),
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
    "minimal API, a helper requires authorization": (
        "Program.cs",
        PROGRAM + 'app.MapGroup("/orders").WithDefaults().MapOrders();\n\nstatic class Orders\n{\n    public static RouteGroupBuilder WithDefaults(this RouteGroupBuilder group)\n    {\n        group.RequireAuthorization("Orders");\n        return group;\n    }\n\n    public static void MapOrders(this RouteGroupBuilder group)\n    {\n        group.MapGet("/export", () => all());\n    }\n}\n',
    ),
    "action that anybody may call, said so": (
        "OrdersController.cs",
        CONTROLLER + '    [HttpPost("quote")]\n    [AllowAnonymous]\n    public IActionResult Quote(int id) { return Ok(); }\n}\n',
    ),
    "net/http, a handler that a guard makes": (
        "main.go",
        'package orders\n\nimport "net/http"\n\nvar list = withUser(func(w http.ResponseWriter, r *http.Request) {\n\tshow(w)\n})\n\nfunc withUser(next http.HandlerFunc) http.HandlerFunc {\n\treturn func(w http.ResponseWriter, r *http.Request) {\n\t\tif known(r) == nil {\n\t\t\thttp.Error(w, "no", http.StatusForbidden)\n\t\t}\n\t}\n}\n\nfunc main() {\n\tmux := http.NewServeMux()\n\tmux.Handle("/orders", plain(list, ""))\n}\n',
    ),
    "spring with a filter": (
        "OrdersController.java",
        '@RestController\nclass OrdersController {\n  @PostMapping("/orders")\n  void add(Order order) { save(order); }\n}\nclass Keys extends OncePerRequestFilter {}\n',
    ),
    "spring, the handler asks": (
        "OrdersController.java",
        '@RestController\nclass OrdersController {\n  @PostMapping("/orders")\n  void add(@RequestHeader String token, Order order) { verifyToken(token); save(order); }\n}\n',
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
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert found(tmp_path) == [("review", line)]


@pytest.mark.parametrize("case", sorted(CLOSED))
def test_a_route_behind_a_guard_stays_silent(tmp_path, case):
    name, text = CLOSED[case]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    "route", ["/healthz", "/login", "/registrations", "/static/app.css", "/favicon.ico", "/.well-known/jwks.json", "/"]
)
@pytest.mark.parametrize("name", ["app.js", "main.go", "Program.cs"])
def test_health_sign_in_and_static_routes_need_no_guard(tmp_path, name, route):
    text = {
        "app.js": GUARDED + f'app.get("{route}", (req, res) => res.json(all()));\n',
        "main.go": GIN + f'\tengine.GET("/x", requireToken(), x)\n\tengine.GET("{route}", show)\n}}\n',
        "Program.cs": PROGRAM + f'app.MapGet("{route}", () => all());\n',
    }[name]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
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


@pytest.mark.parametrize(
    ("library", "guarded"),
    [("keycloak-spring-boot-starter", True), ("keycloak-saml-core", False), ("spring-security-crypto", False)],
)
def test_a_library_that_stands_before_no_controller_guards_none(tmp_path, library, guarded):
    (tmp_path / "pom.xml").write_text(f"<groupId>org.keycloak</groupId>\n<artifactId>{library}</artifactId>\n")
    name, text, line = OPEN["spring without security"]
    (tmp_path / name).write_text(text)
    assert found(tmp_path) == ([] if guarded else [("review", line)])


def test_of_two_java_applications_only_the_guarded_one_is_silent(tmp_path):
    application = "@SpringBootApplication\nclass Orders {}\n"
    controller = (
        '@RestController\nclass Rest {\n  @PostMapping("/orders")\n  void add(Order order) { save(order); }\n}\n'
    )
    for name, library in (("api", "spring-boot-starter-security"), ("jobs", "spring-boot-starter-web")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pom.xml").write_text(f"<artifactId>{library}</artifactId>\n")
        (tmp_path / name / "Orders.java").write_text(application)
        (tmp_path / name / "Rest.java").write_text(controller)
    paths = {item.place.path for item in scan(tmp_path, checks={"unguarded-route"}).evidence.findings}
    assert paths == {"jobs/Rest.java"}


def test_where_nothing_is_guarded_each_of_a_few_routes_is_named(tmp_path):
    routes = "".join(f'app.get("/orders/{n}", (req, res) => res.json(all()));\n' for n in range(5))
    (tmp_path / "app.js").write_text(EXPRESS + routes)
    assert [line for _, line in found(tmp_path)] == [3, 4, 5, 6, 7]


def test_where_many_routes_are_open_and_none_is_guarded_one_finding_says_so(tmp_path):
    routes = "".join(f'app.get("/orders/{n}", (req, res) => res.json(all()));\n' for n in range(12))
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


NEXT = "import type { NextApiRequest, NextApiResponse } from 'next';\n\nexport default async function handler(req: NextApiRequest, res: NextApiResponse) {\n  res.json(await all());\n}\n"


@pytest.mark.parametrize(
    ("matcher", "covered"),
    [("'/((?!_next/static|api/auth/session).*)'", True), ("'/((?!api|_next).*)'", False), ("'/orders/:path*'", False)],
    ids=["all but a few", "all but the API", "pages only"],
)
def test_a_middleware_of_next_covers_the_routes_that_it_runs_before(tmp_path, matcher, covered):
    (tmp_path / "pages" / "api").mkdir(parents=True)
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "pages" / "api" / "export.ts").write_text(NEXT)
    (tmp_path / "middleware.ts").write_text(
        "import { getToken } from 'next-auth/jwt';\n\nexport default async function middleware(req) {\n"
        "  if (!(await getToken({ req }))) return redirect(req);\n}\n\n"
        f"export const config = {{ matcher: [{matcher}] }};\n"
    )
    findings = scan(tmp_path, checks={"unguarded-route"}, use_cache=False).evidence.findings
    assert bool(findings) is not covered


def test_a_helper_of_ones_own_that_asks_covers_a_route_of_next(tmp_path):
    (tmp_path / "app" / "api" / "export").mkdir(parents=True)
    (tmp_path / "lib").mkdir()
    (tmp_path / "app" / "api" / "export" / "route.ts").write_text(
        "import { profile } from '@/lib/profile';\n\nexport async function GET() {\n  return Response.json(await profile());\n}\n"
    )
    helper = tmp_path / "lib" / "profile.ts"
    helper.write_text("export async function profile() {\n  return (await database.auth.getUser()).data;\n}\n")
    assert not scan(tmp_path, checks={"unguarded-route"}, use_cache=False).evidence.findings
    helper.write_text("export async function profile() {\n  return (await database.find('orders')).data;\n}\n")
    assert scan(tmp_path, checks={"unguarded-route"}, use_cache=False).evidence.findings
