import jwt


def claims(token, key, issuer):
    return jwt.decode(token, key, algorithms=["RS256"], audience="https://orders.contoso.com", issuer=issuer)
