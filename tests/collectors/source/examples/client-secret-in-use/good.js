const client = new ConfidentialClientApplication({
  auth: { clientId, authority: "https://login.microsoftonline.com/contoso.example", clientAssertion: assertion },
});
