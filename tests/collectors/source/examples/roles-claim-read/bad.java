class Security {
    void rules(AuthorizeHttpRequests auth) {
        auth.requestMatchers("/admin/**").authenticated();
    }
}
