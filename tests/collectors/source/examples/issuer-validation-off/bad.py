AUTHORITY = "https://login.microsoftonline.com/organizations"


def claims(token, key):
    return jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, options={"verify_iss": False})
