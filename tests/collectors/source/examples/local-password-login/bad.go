package orders

func login(user User, password string) error {
	return bcrypt.CompareHashAndPassword([]byte(user.Hash), []byte(password))
}
