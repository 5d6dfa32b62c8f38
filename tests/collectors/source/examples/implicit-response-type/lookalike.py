parameters = {"response_type": "code", "scope": "openid"}
