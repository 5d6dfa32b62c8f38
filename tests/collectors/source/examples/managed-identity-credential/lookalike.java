class Client {
    ManagedIdentityCredential credential;
}
