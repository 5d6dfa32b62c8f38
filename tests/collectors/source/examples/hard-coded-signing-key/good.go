package orders

func key(ctx context.Context, set *jwk.Cache) (jwk.Set, error) {
	return set.Lookup(ctx, "https://login.microsoftonline.com/contoso.example/discovery/v2.0/keys")
}
