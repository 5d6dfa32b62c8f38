class Login {
    void done(IAuthenticationResult result) {
        logger.info("Access token: " + result.accessToken());
    }
}
