const app = express();

app.get("/healthz", (req, res) => res.json({ status: "up" }));
app.post("/login", (req, res) => res.redirect(signInAddress(req)));
app.use(express.static("public"));
app.get("/imprint", (req, res) => res.sendFile("imprint.html"));
app.use(passport.authenticate("oauth-bearer", { session: false }));
app.get("/orders", (req, res) => res.json(orders.everything()));
