def test_refuses_nobody(client):
    assert client.get("/orders").status_code == 401
