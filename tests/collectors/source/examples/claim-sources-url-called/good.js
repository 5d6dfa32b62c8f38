if (claims["_claim_names"]) groups = await graph.api(`/users/${claims.oid}/getMemberObjects`).post({ securityEnabledOnly: true });
