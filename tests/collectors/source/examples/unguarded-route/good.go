package orders

import "net/http"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders", requireToken(s.list))
	mux.HandleFunc("GET /orders/export", requireToken(s.export))
	return mux
}

func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, s.orders.Everything())
}
