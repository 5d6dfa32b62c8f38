credential = ManagedIdentityCredential(client_id=CLIENT_ID)
