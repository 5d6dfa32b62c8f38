package orders

func query() url.Values {
	return url.Values{"response_type": {"code"}, "extra": {"&response_type=token"}}
}
