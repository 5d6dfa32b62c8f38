@app.before_request
def sign_in():
    return check_token(request)
