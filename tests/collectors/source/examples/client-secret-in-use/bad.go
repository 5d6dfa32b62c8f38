package orders

func credential(secret string) (confidential.Credential, error) {
	return confidential.NewCredFromSecret(secret)
}
