class Login {
    Request request() {
        return Request.builder().grant("authorization_code").build();
    }
}
