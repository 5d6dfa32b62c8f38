package orders

func user(ctx context.Context) string {
	return claimsOf(ctx).ObjectID
}
