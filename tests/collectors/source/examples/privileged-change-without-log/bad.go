package orders

func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /admin/roles", requireRole("Orders.Admin", s.grant))
}

func (s *Server) routesOfTheOldPath(mux *http.ServeMux) {
	mux.HandleFunc("POST /admin/v1/roles", s.grant)
}

func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	s.roles.Grant(r.FormValue("user"), r.FormValue("role"))
	w.WriteHeader(http.StatusNoContent)
}
