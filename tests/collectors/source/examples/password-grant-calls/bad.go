package orders

func login(ctx context.Context, client public.Client, name, password string) (public.AuthResult, error) {
	return client.AcquireTokenByUsernamePassword(ctx, scopes, name, password)
}
