const userId = req.headers["x-user-id"];
