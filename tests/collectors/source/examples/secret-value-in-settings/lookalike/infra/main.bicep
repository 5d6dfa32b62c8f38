param clientSecret string
resource settings 'Microsoft.Web/sites/config@2022-09-01' = {
  properties: {
    CLIENT_SECRET: clientSecret
    CLIENT_SECRET_NAME: 'orders-client'
  }
}
