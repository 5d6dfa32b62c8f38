const credential = new ManagedIdentityCredential({ clientId });
