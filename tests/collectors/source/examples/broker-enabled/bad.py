app = msal.PublicClientApplication(CLIENT_ID)
