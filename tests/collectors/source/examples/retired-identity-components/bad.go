package orders

const graph = "https://graph.windows.net/tenant/users"
