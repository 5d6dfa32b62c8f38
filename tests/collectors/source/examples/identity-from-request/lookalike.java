class Client {
    void prepare(HttpHeaders headers, String id) {
        headers.add("X-User-Id", id);
    }
}
