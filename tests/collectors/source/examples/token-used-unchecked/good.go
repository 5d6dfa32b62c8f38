package orders

import "github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

func bearer(ctx context.Context, client confidential.Client) (string, error) {
	result, err := client.AcquireTokenByCredential(ctx, scopes)
	if err != nil {
		return "", err
	}
	return "Bearer " + result.AccessToken, nil
}
