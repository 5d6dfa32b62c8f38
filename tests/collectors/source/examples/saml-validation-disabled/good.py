saml_settings = {"strict": True, "security": {"wantAssertionsSigned": True}}
