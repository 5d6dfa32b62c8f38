package orders

const apiKeyHeader = "X-Orders-Api-Key"
const password = "xxxxxxxx"
