const options = {
  clientID: settings.clientID,
  validateIssuer: settings.validateIssuer,
  issuer: settings.issuers,
};
