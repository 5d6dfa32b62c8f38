package orders

// https://graph.windows.net is retired.
const graph = "https://graph.microsoft.com/v1.0/users"
