import msal

app = msal.PublicClientApplication(CLIENT_ID, authority=AUTHORITY)
