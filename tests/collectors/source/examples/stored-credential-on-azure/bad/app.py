credential = ClientSecretCredential(TENANT, CLIENT_ID, secret)
