var credential = new ClientSecretCredential(tenant, clientId, secret);
