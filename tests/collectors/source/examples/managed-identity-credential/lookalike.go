package orders

// NewManagedIdentityCredential is not used on premises.
var credential azcore.TokenCredential
