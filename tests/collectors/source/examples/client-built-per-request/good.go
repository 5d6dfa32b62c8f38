package orders

func NewServer(authority, clientID string, credential confidential.Credential) (*Server, error) {
	client, err := confidential.New(authority, clientID, credential)
	return &Server{client: client}, err
}

func (s *Server) stock(w http.ResponseWriter, r *http.Request) {
	result, err := s.client.AcquireTokenByCredential(r.Context(), s.scopes)
	s.writeStock(w, result.AccessToken, err)
}
