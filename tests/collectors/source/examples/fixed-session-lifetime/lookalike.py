import msal
from flask import Flask

app = Flask(__name__)
app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(minutes=45)
app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(days=30)
