const credential = new ManagedIdentityCredential();
