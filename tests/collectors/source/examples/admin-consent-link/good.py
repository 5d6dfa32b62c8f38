link = f"https://login.microsoftonline.com/{tenant}/v2.0/adminconsent?client_id={CLIENT_ID}&state={state}"
