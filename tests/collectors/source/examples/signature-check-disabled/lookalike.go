package orders

func subject(ctx context.Context, verifier *oidc.IDTokenVerifier, raw string) (string, error) {
	claims := jwt.MapClaims{}
	if _, err := verifier.Verify(ctx, raw); err != nil {
		return "", err
	}
	_, _, err := jwt.NewParser().ParseUnverified(raw, claims)
	return claims.GetSubject()
}
