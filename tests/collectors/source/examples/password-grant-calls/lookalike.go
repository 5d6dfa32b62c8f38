package orders

// AcquireTokenByUsernamePassword is what this client does not offer.
type Client interface {
	AcquireTokenInteractive(ctx context.Context, scopes []string) error
}
