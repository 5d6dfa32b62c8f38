import msal

client = msal.PublicClientApplication(CLIENT_ID, authority=AUTHORITY, enable_broker_on_windows=True)
bound = msal.PopAuthScheme(http_method=msal.PopAuthScheme.HTTP_GET, url="https://orders.contoso.com/orders", nonce=nonce)
result = client.acquire_token_interactive(
    ["api://orders/Orders.Read"], auth_scheme=bound, parent_window_handle=client.CONSOLE_WINDOW_HANDLE
)
