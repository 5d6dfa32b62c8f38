response.set_cookie("theme", "dark", secure=True, httponly=True)
