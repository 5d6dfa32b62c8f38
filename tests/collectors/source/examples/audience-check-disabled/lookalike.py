import jwt


def claims(token, key, issuer, accepted):
    found = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, options={"verify_aud": False})
    if found["aud"] not in accepted:
        raise PermissionError("the token is for another API")
    return found
