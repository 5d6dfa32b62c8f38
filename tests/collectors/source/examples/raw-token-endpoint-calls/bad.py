import httpx


def exchange(tenant, form):
    return httpx.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form).json()
