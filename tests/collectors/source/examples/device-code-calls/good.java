class Login {
    InteractiveRequestParameters parameters = InteractiveRequestParameters.builder(redirect).scopes(scopes).build();
}
