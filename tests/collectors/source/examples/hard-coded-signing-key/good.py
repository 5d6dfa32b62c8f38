import jwt

keys = jwt.PyJWKClient("https://login.microsoftonline.com/contoso.example/discovery/v2.0/keys")


def claims(token):
    key = keys.get_signing_key_from_jwt(token).key
    return jwt.decode(token, key, algorithms=["RS256"], audience="https://orders.contoso.com")
