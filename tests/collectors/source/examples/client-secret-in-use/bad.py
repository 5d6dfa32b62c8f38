app = msal.ConfidentialClientApplication(CLIENT_ID, client_credential=os.environ["CLIENT_SECRET"], authority=AUTHORITY)
