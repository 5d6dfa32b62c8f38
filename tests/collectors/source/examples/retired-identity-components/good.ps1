Connect-MgGraph -TenantId $tenant -Scopes Application.Read.All
