const client = new ConfidentialClientApplication({
  auth: { clientId, authority: "https://login.microsoftonline.com/contoso.example", clientSecret: process.env.CLIENT_SECRET },
});
