const credential = new ClientSecretCredential(tenant, clientId, secret);
