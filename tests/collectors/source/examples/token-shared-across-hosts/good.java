class Report {
    void send(String graphToken) throws Exception {
        HttpHeaders headers = new HttpHeaders();
        headers.setBearerAuth(graphToken);
        String me = rest.exchange("https://graph.microsoft.com/v1.0/me", GET, new HttpEntity<>(headers), String.class).getBody();
        reports.send(me);
    }
}
