logger.info("signed in with %s", access_token)
