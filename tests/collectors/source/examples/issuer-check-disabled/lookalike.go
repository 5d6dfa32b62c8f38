package orders

func configure(options Options) *oidc.Config {
	return &oidc.Config{ClientID: options.ClientID, SkipIssuerCheck: options.SkipIssuerCheck}
}
