class Security {
    SecurityFilterChain chain(HttpSecurity http) throws Exception {
        http.authorizeHttpRequests(auth -> auth.requestMatchers("/css/**", "/login").permitAll().anyRequest().authenticated());
        return http.build();
    }
}
