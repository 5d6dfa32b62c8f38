logger.info("no access token in the request")
logger.debug(f"the token is {'there' if access_token else 'missing'}, type {token.token_type}")
