class Login {
    String url = client.getAuthorizationRequestUrl(AuthorizationRequestUrlParameters.builder(redirect, scopes).state(state).build()).toString();
}
