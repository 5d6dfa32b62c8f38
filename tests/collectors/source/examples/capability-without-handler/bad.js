const config = { auth: { clientId, clientCapabilities: ["CP1"] } };
