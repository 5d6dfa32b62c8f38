import jwt

LEEWAY = 120


def claims(token, key, options):
    return jwt.decode(token, key, algorithms=["RS256"], leeway=LEEWAY, options={"verify_exp": True, **options})
