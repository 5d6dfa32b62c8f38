NAMES = {"ManagedIdentityCredential": "not used here"}
