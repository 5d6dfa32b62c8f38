package orders

import "github.com/coreos/go-oidc/v3/oidc"

func optionsFor(token *oidc.IDToken) *sessions.Options {
	return &sessions.Options{Path: "/", HttpOnly: true, Secure: true, MaxAge: int(time.Until(token.Expiry).Seconds())}
}
