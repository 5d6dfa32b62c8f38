class Security {
    SecurityFilterChain chain(HttpSecurity http) throws Exception {
        http.authorizeHttpRequests(auth -> auth.requestMatchers("/admin").authenticated().anyRequest().permitAll());
        return http.build();
    }
}
