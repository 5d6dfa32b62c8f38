client = SecretClient(VAULT, ClientSecretCredential(TENANT, CLIENT, secret))
