client = SecretClient(VAULT, ManagedIdentityCredential())
