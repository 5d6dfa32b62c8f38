app = msal.ConfidentialClientApplication(CLIENT_ID)
