import requests


def orders(url, token):
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
