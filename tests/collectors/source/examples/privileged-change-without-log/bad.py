@app.post("/admin/roles")
@require_role("Orders.Admin")
def grant():
    roles.grant(request.json["user"], request.json["role"])
    return "", 204
