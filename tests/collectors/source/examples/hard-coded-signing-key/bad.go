package orders

func key() (*rsa.PublicKey, error) {
	return jwt.ParseRSAPublicKeyFromPEM([]byte("-----BEGIN PUBLIC KEY-----\nMIIB...\n-----END PUBLIC KEY-----"))
}
