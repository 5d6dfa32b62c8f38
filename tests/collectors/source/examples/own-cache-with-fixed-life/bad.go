package orders

func (s *Stock) token(ctx context.Context) (string, error) {
	if time.Now().Before(s.expires) {
		return s.accessToken, nil
	}
	result, err := s.client.AcquireTokenByCredential(ctx, s.scopes)
	s.accessToken = result.AccessToken
	s.expires = time.Now().Add(55 * time.Minute)
	return s.accessToken, err
}
