const options = {
  clientID: process.env.CLIENT_ID,
  validateIssuer: false,
  passReqToCallback: false,
};
