package orders

import "github.com/coreos/go-oidc/v3/oidc"

var options = &sessions.Options{Path: "/", HttpOnly: true, Secure: true, MaxAge: 1800}
var pictures = &caching.Options{MaxAge: 86400 * 30}
