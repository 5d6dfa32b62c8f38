authorization = request.headers["Authorization"]
claims = validate(authorization.removeprefix("Bearer "))
