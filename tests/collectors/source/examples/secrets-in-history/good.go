package orders

var apiKey = os.Getenv("ORDERS_API_KEY")
