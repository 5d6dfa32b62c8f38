package orders

func report(ctx context.Context, token string) error {
	me, _ := http.NewRequestWithContext(ctx, "GET", "https://graph.microsoft.com/v1.0/me", nil)
	me.Header.Set("Authorization", "Bearer "+token)
	manager, _ := http.NewRequestWithContext(ctx, "GET", "https://graph.microsoft.com/v1.0/me/manager", nil)
	manager.Header.Set("Authorization", "Bearer "+token)
	return send(me, manager)
}
