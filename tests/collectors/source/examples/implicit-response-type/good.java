class Login {
    String url = client.getAuthorizationRequestUrl(parameters).toString();
}
