export const config = { clientId: "11111111-2222-3333-4444-555555555555", clientSecret: "orders-Xk29fQ-front" };
