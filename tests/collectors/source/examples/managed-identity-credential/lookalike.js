const title = "ManagedIdentityCredential";
