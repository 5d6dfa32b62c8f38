var credential = new ManagedIdentityCredential(clientId);
