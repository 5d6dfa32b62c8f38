app = msal.ConfidentialClientApplication(
    CLIENT_ID, client_credential={"client_assertion": assertion_of_managed_identity}, authority=AUTHORITY
)
