class Login {
    void done(IAuthenticationResult result) {
        logger.info("Signed in as " + result.account().homeAccountId());
    }
}
