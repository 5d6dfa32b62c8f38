def admin(claims):
    if "Orders.Admin" not in claims["roles"]:
        abort(403)
