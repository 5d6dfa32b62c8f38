import adal

context = adal.AuthenticationContext(AUTHORITY)
