class Login {
    String query = "response_type=code&" + rest;
}
