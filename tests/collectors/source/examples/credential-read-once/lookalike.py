CLIENT_SECRET_NAME = "orders-client"
