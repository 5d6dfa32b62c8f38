class Client:
    def __init__(self, client_credential=None):
        self.client_credential = client_credential
