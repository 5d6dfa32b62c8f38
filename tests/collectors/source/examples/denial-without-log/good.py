def admin(claims):
    if "Orders.Admin" not in claims["roles"]:
        logger.warning("refused %s: no role", claims["oid"])
        abort(403)
