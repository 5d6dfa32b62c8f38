headers = {"Authorization": "Bearer " + result["access_token"]}
