package orders

import "github.com/pquerna/otp/totp"

func accepts(user *User, code string) bool {
	return totp.Validate(code, user.Key)
}
