package orders

var config = &oidc.Config{
	ClientID:        "https://orders.contoso.com",
	SkipIssuerCheck: true,
}
