builder.Configuration.AddAzureKeyVault(vault, new ManagedIdentityCredential());
