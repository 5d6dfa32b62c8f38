AUTHORITY = "https://login.microsoftonline.com/organizations"


def claims(token, key, issuer):
    return jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=issuer)
