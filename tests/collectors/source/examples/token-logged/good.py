logger.info("signed in, token id %s", claims["uti"])
