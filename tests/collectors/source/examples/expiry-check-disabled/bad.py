import jwt


def claims(token, key):
    return jwt.decode(token, key, algorithms=["RS256"], audience="https://orders.contoso.com", options={"verify_exp": False})
