import requests


def orders(url, bundle="/etc/ssl/contoso-ca.pem", verify=False):
    checked = requests.get(url, verify=bundle, timeout=10)
    return checked if not verify else verify_signature_of(checked)
