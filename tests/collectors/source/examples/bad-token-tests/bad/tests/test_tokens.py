def test_accepts(client, token):
    assert client.get("/orders", headers=bearer(token())).status_code == 200
