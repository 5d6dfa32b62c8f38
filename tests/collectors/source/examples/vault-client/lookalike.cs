builder.Configuration.AddAzureKeyVault(vault, new ClientSecretCredential(tenant, client, secret));
