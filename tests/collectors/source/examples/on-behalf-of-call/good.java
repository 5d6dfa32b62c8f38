class Downstream {
    TokenCredential credential = new OnBehalfOfCredentialBuilder().userAssertion(token).build();
}
