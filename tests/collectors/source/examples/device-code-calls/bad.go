package orders

func login(ctx context.Context, client public.Client) (public.DeviceCode, error) {
	return client.AcquireTokenByDeviceCode(ctx, scopes)
}
