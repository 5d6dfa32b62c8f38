class Report {
    void send(String graphToken, String reportsToken) throws Exception {
        HttpHeaders headers = new HttpHeaders();
        headers.setBearerAuth(graphToken);
        String me = rest.exchange("https://graph.microsoft.com/v1.0/me", GET, new HttpEntity<>(headers), String.class).getBody();
        headers.setBearerAuth(reportsToken);
        rest.exchange("https://reports.fabrikam.com/people", POST, new HttpEntity<>(me, headers), Void.class);
    }
}
