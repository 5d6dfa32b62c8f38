import requests


def orders(url, token):
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, verify=False, timeout=10)
