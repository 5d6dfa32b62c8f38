class Security {
    @Bean
    SecurityFilterChain chain(HttpSecurity http) throws Exception {
        return http.oauth2Login(withDefaults()).build();
    }
}
