package orders

// AcquireTokenInteractive (public clients) is not for this daemon.
func token(ctx context.Context, client confidential.Client) (string, error) {
	result, err := client.AcquireTokenByCredential(ctx, scopes)
	return result.AccessToken, err
}
