OPTIONS = {"verify_iss": True, "require": ["iss", "exp"]}


def is_web_address(issuer):
    return issuer.startswith("https")
