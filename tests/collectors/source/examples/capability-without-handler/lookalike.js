const config = { auth: { clientId } };
