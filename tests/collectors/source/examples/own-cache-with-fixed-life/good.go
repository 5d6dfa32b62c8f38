package orders

func (s *Stock) token(ctx context.Context) (string, error) {
	result, err := s.client.AcquireTokenByCredential(ctx, s.scopes)
	return result.AccessToken, err
}
