saml_settings = {"strict": False, "debug": False}
