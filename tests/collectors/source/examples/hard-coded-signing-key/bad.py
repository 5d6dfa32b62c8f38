import jwt

KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEl8example
-----END PUBLIC KEY-----"""


def claims(token):
    return jwt.decode(token, KEY, algorithms=["ES256"], audience="https://orders.contoso.com")
