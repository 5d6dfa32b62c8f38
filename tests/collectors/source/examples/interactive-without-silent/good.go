package orders

func token(ctx context.Context, client public.Client, account public.Account) (string, error) {
	result, err := client.AcquireTokenSilent(ctx, scopes, public.WithSilentAccount(account))
	if err != nil {
		result, err = client.AcquireTokenInteractive(ctx, scopes)
	}
	return result.AccessToken, err
}
