const options = {
  identityMetadata: "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
  validateIssuer: false,
};
