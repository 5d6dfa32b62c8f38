def test_refuses_every_bad_token(client, bad_token):
    assert client.get("/orders", headers=bad_token.header).status_code in (401, 403), bad_token.why


def test_serves_a_user_with_the_scope(client, token_for):
    token = token_for("ana", scopes=["Orders.Read"])
    assert client.get("/orders", headers={"Authorization": f"Bearer {token}"}).json() == ["17"]


def test_serves_unusual_tokens_too(client, unusual_token):
    assert client.get("/orders", headers=unusual_token.header).status_code == 200, unusual_token.why


def test_follows_a_rotated_key(client, entra, token_for):
    entra.rotate_keys()
    token = token_for("ana", scopes=["Orders.Read"])
    assert client.get("/orders", headers={"Authorization": f"Bearer {token}"}).status_code == 200
