package orders

var config = &oidc.Config{
	ClientID:        "api://contoso-orders",
	SkipIssuerCheck: true,
}
