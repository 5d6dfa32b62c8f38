def admin(claims):
    if not claims:
        abort(404)
