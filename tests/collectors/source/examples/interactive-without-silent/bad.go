package orders

func token(ctx context.Context, client public.Client) (string, error) {
	result, err := client.AcquireTokenInteractive(ctx, scopes)
	return result.AccessToken, err
}
