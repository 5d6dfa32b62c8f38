def call(url):
    response = httpx.get(url)
    response.raise_for_status()
