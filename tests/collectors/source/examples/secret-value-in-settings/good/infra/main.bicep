resource settings 'Microsoft.Web/sites/config@2022-09-01' = {
  properties: {
    CLIENT_SECRET: '@Microsoft.KeyVault(SecretUri=https://orders.vault.azure.net/secrets/client)'
  }
}
