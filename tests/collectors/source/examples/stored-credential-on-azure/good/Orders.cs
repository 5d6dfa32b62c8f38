var credential = new ManagedIdentityCredential();
