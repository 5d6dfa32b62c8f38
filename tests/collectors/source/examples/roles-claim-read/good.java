class Security {
    void rules(AuthorizeHttpRequests auth) {
        auth.requestMatchers("/admin/**").hasRole("Orders.Admin");
    }
}
