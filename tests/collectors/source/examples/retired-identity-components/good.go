package orders

const graph = "https://graph.microsoft.com/v1.0/users"
