class Report {
    void send(String token) throws Exception {
        HttpHeaders headers = new HttpHeaders();
        headers.setBearerAuth(token);
        String me = rest.exchange("https://graph.microsoft.com/v1.0/me", GET, new HttpEntity<>(headers), String.class).getBody();
        rest.exchange("https://reports.fabrikam.com/people", POST, new HttpEntity<>(me, headers), Void.class);
    }
}
