const options = {
  identityMetadata: "https://login.microsoftonline.com/contoso.example/v2.0/.well-known/openid-configuration",
  validateIssuer: false,
};
