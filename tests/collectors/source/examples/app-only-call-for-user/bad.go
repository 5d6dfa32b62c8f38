package orders

func (s *Server) messages(w http.ResponseWriter, r *http.Request) {
	user := UserFromContext(r.Context())
	result, err := s.client.AcquireTokenByCredential(r.Context(), []string{"https://graph.microsoft.com/.default"})
	if err != nil {
		http.Error(w, "no token", http.StatusBadGateway)
		return
	}
	s.writeMessages(w, user, r.URL.Query().Get("mailbox"), result.AccessToken)
}
