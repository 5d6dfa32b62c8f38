const jwt = require("jsonwebtoken");

function currentUser(req, keys, options) {
  const token = req.headers.authorization.split(" ")[1];
  const { header } = jwt.decode(token, { complete: true });
  return jwt.verify(token, keys[header.kid], { algorithms: ["RS256"], ...options }).sub;
}
