package orders

var options = mail.Options{Host: "mail.contoso.com", Secure: false}
