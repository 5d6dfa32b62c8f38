app.use((req, res, next) => checkToken(req, res, next));
