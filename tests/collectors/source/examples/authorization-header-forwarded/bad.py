response = requests.get(URL, headers={"Authorization": request.headers["Authorization"]}, timeout=10)
