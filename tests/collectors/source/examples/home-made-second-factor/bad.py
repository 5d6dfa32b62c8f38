import pyotp

valid = pyotp.TOTP(user.seed).verify(code)
