Connect-AzureAD -TenantId $tenant
