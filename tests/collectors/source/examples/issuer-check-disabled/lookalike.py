OPTIONS = {"verify_iss": True, "require": ["iss", "exp"]}


def is_web_address(issuer):
    return issuer.startswith("https")


def is_encrypted(trust):
    return trust.issuer.startswith("https://")
