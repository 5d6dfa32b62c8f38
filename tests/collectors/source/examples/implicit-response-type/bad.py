url = f"{authority}/oauth2/v2.0/authorize?client_id={client}&response_type=token&scope={scope}"
