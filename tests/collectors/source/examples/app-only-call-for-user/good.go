package orders

func (s *Server) messages(w http.ResponseWriter, r *http.Request) {
	user := UserFromContext(r.Context())
	result, err := s.client.AcquireTokenOnBehalfOf(r.Context(), user.Assertion, []string{"Mail.ReadBasic"})
	if err != nil {
		challenge(w, err)
		return
	}
	s.writeMyMessages(w, result.AccessToken)
}
