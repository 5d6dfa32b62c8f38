credential = ManagedIdentityCredential()
