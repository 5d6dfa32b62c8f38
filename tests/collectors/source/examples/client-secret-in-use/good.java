class Client {
    IClientCredential credential = ClientCredentialFactory.createFromClientAssertion(assertion);
}
