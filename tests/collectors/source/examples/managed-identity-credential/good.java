class Client {
    TokenCredential credential = new ManagedIdentityCredentialBuilder().clientId(id).build();
}
