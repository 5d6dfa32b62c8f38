import msal
from flask import Flask

app = Flask(__name__)


@app.before_request
def end_with_the_sign_in():
    if session["id_token_claims"]["exp"] < time.time():
        session.clear()
