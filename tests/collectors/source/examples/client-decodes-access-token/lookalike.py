import base64

app = msal.PublicClientApplication(CLIENT_ID)
logo = base64.b64decode(picture)
