DATABASE_PASSWORD = "<enter the password here>"
PASSWORD_MESSAGE = "Enter your password to go on"
NAMES = {"clientSecret": "client secret", "password": "one-time password"}
