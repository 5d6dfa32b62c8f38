# AADSTS65001 means that consent is missing
logger.warning("sign-in failed: %s", result["error_description"])
