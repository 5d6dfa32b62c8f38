const names = { grantType: "password reset", help: "acquireTokenByUsernamePassword is not used here" };
