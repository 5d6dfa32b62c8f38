class Vault {
    SecretClient client = new SecretClientBuilder().vaultUrl(url).credential(stored).buildClient();
}
