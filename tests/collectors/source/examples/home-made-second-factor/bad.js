const { authenticator } = require("otplib");
const valid = authenticator.check(code, user.seed);
