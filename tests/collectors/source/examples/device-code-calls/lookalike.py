GRANTS = {"device": "urn:ietf:params:oauth:grant-type:device_code"}
