const options = { clientID: process.env.CLIENT_ID, validateAudience: false };
