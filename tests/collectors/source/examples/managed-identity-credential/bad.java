class Client {
    TokenCredential credential = new ClientSecretCredentialBuilder().clientSecret(secret).build();
}
