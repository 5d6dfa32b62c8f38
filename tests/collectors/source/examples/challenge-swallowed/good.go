package orders

func (s *Server) orders(w http.ResponseWriter, r *http.Request) {
	result, err := s.client.AcquireTokenOnBehalfOf(r.Context(), bearer(r), s.scopes)
	if err != nil {
		w.Header().Set("WWW-Authenticate", challenge(err))
		http.Error(w, "the user has to act", http.StatusUnauthorized)
		return
	}
	s.writeStock(w, result.AccessToken)
}
