class Vault {
    SecretClient client = new SecretClientBuilder().vaultUrl(url).credential(new ManagedIdentityCredentialBuilder().build()).buildClient();
}
