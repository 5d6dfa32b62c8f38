package orders

func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /admin/roles", requireRole("Orders.Admin", s.everything))
	mux.HandleFunc("POST /orders", requireScope("Orders.ReadWrite", s.add))
}

func (s *Server) everything(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, s.roles.Everything())
}

func (s *Server) add(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, s.orders.Add(r.Body))
}
