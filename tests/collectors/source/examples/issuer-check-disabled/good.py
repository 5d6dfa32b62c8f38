import jwt


def claims(token, key, issuer):
    return jwt.decode(token, key, algorithms=["RS256"], audience="api://contoso-orders", issuer=issuer)
