def report(client):
    me = requests.get("https://graph.microsoft.com/v1.0/me", headers=bearer(client, GRAPH), timeout=10).json()
    requests.post("https://reports.fabrikam.com/people", json=me, headers=bearer(client, REPORTS), timeout=10)
