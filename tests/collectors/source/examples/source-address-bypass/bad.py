@app.before_request
def sign_in():
    if request.remote_addr.startswith("10."):
        return None
    return check_token(request)
