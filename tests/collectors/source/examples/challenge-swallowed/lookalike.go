package orders

func (s *Server) stockToken(r *http.Request) (string, error) {
	result, err := s.client.AcquireTokenOnBehalfOf(r.Context(), bearer(r), s.scopes)
	if err != nil {
		return "", fmt.Errorf("exchange for the stock API: %w", err)
	}
	return result.AccessToken, nil
}
