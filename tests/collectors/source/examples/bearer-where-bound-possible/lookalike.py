import msal

client = msal.PublicClientApplication(CLIENT_ID, authority=AUTHORITY, enable_broker_on_windows=True)
result = client.acquire_token_interactive(["api://orders-archive/Read"], parent_window_handle=client.CONSOLE_WINDOW_HANDLE)
