package orders

func (s *Server) deliverNightly(ctx context.Context) error {
	result, err := s.client.AcquireTokenByCredential(ctx, []string{"https://orders.contoso.com/.default"})
	if err != nil {
		return err
	}
	return s.deliver(ctx, result.AccessToken)
}
