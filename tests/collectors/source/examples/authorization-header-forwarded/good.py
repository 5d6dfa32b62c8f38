result = app.acquire_token_on_behalf_of(assertion, scopes=["User.Read"])
response = requests.get(URL, headers={"Authorization": f"Bearer {result['access_token']}"}, timeout=10)
