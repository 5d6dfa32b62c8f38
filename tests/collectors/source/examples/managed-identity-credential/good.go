package orders

func credential() (azcore.TokenCredential, error) {
	return azidentity.NewManagedIdentityCredential(nil)
}
