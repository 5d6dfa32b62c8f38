package orders

func (s *Stock) token(ctx context.Context) (string, error) {
	result, err := s.client.AcquireTokenByCredential(ctx, s.scopes)
	s.expires = result.ExpiresOn
	s.deadline = time.Now().Add(10 * time.Second)
	return result.AccessToken, err
}
