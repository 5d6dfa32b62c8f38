package orders

func token(ctx context.Context, client confidential.Client, assertion string) (confidential.AuthResult, error) {
	return client.AcquireTokenOnBehalfOf(ctx, assertion, scopes)
}
