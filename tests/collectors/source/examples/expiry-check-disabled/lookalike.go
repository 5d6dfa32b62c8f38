package orders

func proof(raw string, keys jwt.Keyfunc) error {
	token, err := jwt.ParseWithClaims(raw, &Proof{}, keys, jwt.WithoutClaimsValidation())
	if err != nil || time.Since(token.Claims.(*Proof).IssuedAt.Time) > time.Minute {
		return errors.New("the proof is too old")
	}
	return nil
}
