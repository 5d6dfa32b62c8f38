await fetch(url, { headers: { Authorization: req.headers.authorization } });
