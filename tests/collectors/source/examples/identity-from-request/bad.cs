var userId = Request.Headers["X-User-Id"];
