package orders

func pinned(check func(tls.ConnectionState) error) *tls.Config {
	config := &tls.Config{VerifyConnection: check}
	config.InsecureSkipVerify = true
	return config
}
