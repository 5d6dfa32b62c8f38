const owner = req.authInfo["preferred_username"];
