package orders

func login(ctx context.Context, client public.Client) (public.AuthResult, error) {
	return client.AcquireTokenInteractive(ctx, scopes)
}
