const options = {
  clientID: process.env.CLIENT_ID,
  validateIssuer: true,
  issuer: process.env.ISSUER,
};
