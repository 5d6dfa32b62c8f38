app.use((req, res, next) => {
  if (req.ip.startsWith("10.")) return next();
  return checkToken(req, res, next);
});
