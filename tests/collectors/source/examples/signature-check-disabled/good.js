const jwt = require("jsonwebtoken");

function currentUser(req, key, options) {
  const token = req.headers.authorization.split(" ")[1];
  return jwt.verify(token, key, { algorithms: ["RS256"], ...options }).sub;
}
