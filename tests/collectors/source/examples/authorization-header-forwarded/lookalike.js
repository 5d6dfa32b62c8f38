const authorization = req.headers.authorization;
const claims = await verify(authorization.split(" ")[1]);
