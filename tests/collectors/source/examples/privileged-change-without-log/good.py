@app.post("/admin/roles")
@require_role("Orders.Admin")
def grant():
    roles.grant(request.json["user"], request.json["role"])
    audit("role granted", user=request.json["user"], role=request.json["role"])
    return "", 204
