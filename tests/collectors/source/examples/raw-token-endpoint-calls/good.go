package orders

func token(ctx context.Context, client confidential.Client) (confidential.AuthResult, error) {
	return client.AcquireTokenByCredential(ctx, scopes)
}
