def token():
    accounts = client.get_accounts()
    result = client.acquire_token_silent(SCOPES, account=accounts[0]) if accounts else None
    return checked(result or client.acquire_token_interactive(SCOPES))
