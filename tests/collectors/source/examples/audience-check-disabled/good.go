package orders

var verifier = provider.Verifier(&oidc.Config{ClientID: "https://orders.contoso.com"})
