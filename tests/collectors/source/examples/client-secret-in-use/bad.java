class Client {
    IClientCredential credential = ClientCredentialFactory.createFromSecret(secret);
}
