package orders

func forward(out, in *http.Request) {
	out.Header.Set("Authorization", in.Header.Get("Authorization"))
}
