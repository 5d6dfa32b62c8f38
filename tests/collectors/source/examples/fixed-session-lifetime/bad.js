import { ConfidentialClientApplication } from "@azure/msal-node";

app.use(
  session({ secret: secrets.session, resave: false, cookie: { httpOnly: true, secure: true, maxAge: 30 * 24 * 60 * 60 * 1000 } }),
);
