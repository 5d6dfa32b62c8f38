app = msal.PublicClientApplication(CLIENT_ID, enable_broker_on_windows=False)
