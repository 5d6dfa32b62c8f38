response = httpx.get(URL, headers={"Authorization": request.headers["Authorization"]})
