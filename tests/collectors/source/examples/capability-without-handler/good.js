const config = { auth: { clientId, clientCapabilities: ["CP1"] } };
if (header.includes("insufficient_claims")) addClaimsChallenge(header);
