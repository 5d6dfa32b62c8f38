class Login {
    String url = authorize + "?response_type=id_token&client_id=" + clientId;
}
