param location string = resourceGroup().location

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'orders-daemon'
  location: location
}

resource plan 'Microsoft.Web/serverfarms@2023-12-01' existing = {
  name: 'orders'
}

resource api 'Microsoft.Web/sites@2023-12-01' = {
  name: 'orders-api'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: { minTlsVersion: '1.2' }
  }
}
