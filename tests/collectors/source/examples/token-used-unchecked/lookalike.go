package orders

import "github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

func accounts(ctx context.Context, client confidential.Client) []confidential.Account {
	found, _ := client.Accounts(ctx)
	return found
}
