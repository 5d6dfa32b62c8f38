package orders

var verifier = provider.Verifier(&oidc.Config{ClientID: "api://contoso-orders"})
