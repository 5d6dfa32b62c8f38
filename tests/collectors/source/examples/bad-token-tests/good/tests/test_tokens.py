@pytest.mark.parametrize("fault", [
    {"aud": "api://other"},
    {"iss": "https://evil.example"},
    {"exp": now - 60},
    {"key": wrong_key},
])
def test_refuses(client, token, fault):
    assert client.get("/orders", headers=bearer(token(**fault))).status_code == 401
