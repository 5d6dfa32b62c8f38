class Client:
    def acquire_token_interactive(self, scopes):
        """Tests put this in the place of the library."""
        return {"access_token": "made up"}
