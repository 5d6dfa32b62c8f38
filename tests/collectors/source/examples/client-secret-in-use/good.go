package orders

func credential(assertion func(context.Context, confidential.AssertionRequestOptions) (string, error)) confidential.Credential {
	return confidential.NewCredFromAssertionCallback(assertion)
}
