class Mail {
    void connect(MailServer server) {
        server.secure(false).connect();
    }
}
