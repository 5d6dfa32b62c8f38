class Client {
    HttpClient client(SSLContext context) {
        return HttpClients.custom().setSSLContext(context).build();
    }
}
