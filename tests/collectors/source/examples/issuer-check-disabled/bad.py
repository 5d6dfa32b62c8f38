import jwt


def claims(token, key):
    return jwt.decode(token, key, algorithms=["RS256"], audience="api://contoso-orders", options={"verify_iss": False})
