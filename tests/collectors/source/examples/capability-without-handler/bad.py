app = msal.ConfidentialClientApplication(CLIENT_ID, client_capabilities=["cp1"])
