secret = os.environ["CLIENT_SECRET"]
