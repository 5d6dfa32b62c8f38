package orders

var verifier = provider.Verifier(&oidc.Config{SkipClientIDCheck: true})
