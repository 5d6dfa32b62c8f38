class Login {
    void done(IAuthenticationResult result) {
        logger.info("found a token in the session, expires " + result.expiresOnDate());
    }
}
