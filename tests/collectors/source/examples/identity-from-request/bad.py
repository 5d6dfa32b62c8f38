user_id = request.headers.get("X-User-Id")
