package orders

import "github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

func bearer(ctx context.Context, client confidential.Client) string {
	result, _ := client.AcquireTokenByCredential(ctx, scopes)
	return "Bearer " + result.AccessToken
}
