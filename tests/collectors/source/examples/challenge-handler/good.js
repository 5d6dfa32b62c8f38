if (header.includes("insufficient_claims")) await instance.acquireTokenRedirect({ scopes, claims: claimsOf(header) });
