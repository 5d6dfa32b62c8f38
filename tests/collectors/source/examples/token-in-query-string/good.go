package orders

func export(request *http.Request, token string) {
	request.Header.Set("Authorization", "Bearer "+token)
}
