_logger.LogWarning("No access token for tenant {Tenant} at {Uri}", tenantId, tokenUri);
