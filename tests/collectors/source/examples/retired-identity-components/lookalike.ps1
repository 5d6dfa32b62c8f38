# Connect-AzureAD is retired
Connect-MgGraph -TenantId $tenant
