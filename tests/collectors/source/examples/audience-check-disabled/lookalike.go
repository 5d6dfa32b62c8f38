package orders

func verify(ctx context.Context, raw string, accepted []string) (*oidc.IDToken, error) {
	token, err := provider.Verifier(&oidc.Config{SkipClientIDCheck: true}).Verify(ctx, raw)
	if err != nil || !slices.Contains(accepted, token.Audience[0]) {
		return nil, errors.New("the token is for another API")
	}
	return token, nil
}
