def client_secret():
    return vault.get_secret("orders-client").value
