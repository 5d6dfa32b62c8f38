class Login {
    String url = client.getAuthorizationRequestUrl(
        AuthorizationRequestUrlParameters.builder(redirect, scopes).codeChallenge(challenge).state(state).build()).toString();
}
