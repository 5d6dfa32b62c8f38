class Client:
    def acquire_token_by_username_password(self, username, password, scopes):
        raise NotImplementedError("the password grant is not offered")


ADVICE = "Find the code that sends grant_type=password and move it to an interactive flow."
