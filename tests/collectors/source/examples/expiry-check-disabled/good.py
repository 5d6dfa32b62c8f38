import jwt


def claims(token, key):
    return jwt.decode(token, key, algorithms=["RS256"], audience="api://contoso-orders", leeway=60)
