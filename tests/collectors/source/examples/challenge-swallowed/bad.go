package orders

func (s *Server) orders(w http.ResponseWriter, r *http.Request) {
	result, err := s.client.AcquireTokenOnBehalfOf(r.Context(), bearer(r), s.scopes)
	if err != nil {
		http.Error(w, "stock is not available", http.StatusInternalServerError)
		return
	}
	s.writeStock(w, result.AccessToken)
}
