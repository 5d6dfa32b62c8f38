package orders

func (s *Server) stock(w http.ResponseWriter, r *http.Request) {
	client, err := confidential.New(s.authority, s.clientID, s.credential, confidential.WithCache(s.shared))
	if err != nil {
		http.Error(w, "not configured", http.StatusInternalServerError)
		return
	}
	result, err := client.AcquireTokenByCredential(r.Context(), s.scopes)
	s.writeStock(w, result.AccessToken, err)
}
