def send_nightly_orders():
    result = client.acquire_token_for_client(["https://orders.contoso.com/.default"])
    return deliver(result)


@app.get("/orders")
@auth.login_required
def orders(*, context):
    return render_template("orders.html", user=context["user"])
