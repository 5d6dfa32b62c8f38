"""What the API refuses and what it serves, against the local Entra ID of ztcheck."""


def test_refuses_every_bad_token(client, bad_token):
    assert client.get("/orders/17", headers=bad_token.header).status_code in (401, 403), bad_token.why


def test_serves_a_user_with_the_scope(client, token_for):
    token = token_for("ana", scopes=["Orders.Read"])
    assert client.get("/orders/17", headers={"Authorization": f"Bearer {token}"}).json()["number"] == 17


def test_hides_an_order_that_the_user_may_not_see(client, token_for):
    token = token_for("ana", scopes=["Orders.Read"])
    assert client.get("/orders/18", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_books_shipments_for_the_daemon_only(client, token_for):
    token = token_for("ana", scopes=["Orders.ReadWrite"])
    assert client.post("/shipments", headers={"Authorization": f"Bearer {token}"}).status_code == 403
