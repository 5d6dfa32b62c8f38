import jwt


def claims(token, pem):
    if not pem.startswith("-----BEGIN PUBLIC KEY-----"):
        raise ValueError("no key")
    return jwt.decode(token, pem, algorithms=["RS256"], audience="https://orders.contoso.com")
