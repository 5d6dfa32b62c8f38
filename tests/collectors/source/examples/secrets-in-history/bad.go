package orders

const apiKey = "d3313d54-6f8e-40e0-90d3-4095019d4be7"
