@Configuration
class Clients {
    @Bean
    ConfidentialClientApplication client() throws Exception {
        return ConfidentialClientApplication.builder(CLIENT_ID, credential).authority(AUTHORITY).build();
    }
}
