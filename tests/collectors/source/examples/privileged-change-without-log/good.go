package orders

func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /admin/roles", requireRole("Orders.Admin", s.grant))
}

func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	s.roles.Grant(r.FormValue("user"), r.FormValue("role"))
	slog.Info("role granted", "by", callerOf(r), "to", r.FormValue("user"))
	w.WriteHeader(http.StatusNoContent)
}
