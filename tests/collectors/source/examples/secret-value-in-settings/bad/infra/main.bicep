resource settings 'Microsoft.Web/sites/config@2022-09-01' = {
  properties: {
    CLIENT_SECRET: 'orders-Xk29fQ-value'
  }
}
