headers = {"Authorization": "Bearer " + result["id_token"]}
