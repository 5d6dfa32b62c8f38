import { ConfidentialClientApplication } from "@azure/msal-node";

app.use(session({ secret: secrets.session, resave: false, cookie: { httpOnly: true, secure: true } }));
app.use((req, res, next) => {
  if (req.session.account?.idTokenClaims.exp * 1000 < Date.now()) return req.session.destroy(() => res.redirect("/login"));
  next();
});
