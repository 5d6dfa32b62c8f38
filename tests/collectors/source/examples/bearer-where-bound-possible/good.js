const request = {
  scopes: ["api://orders/Orders.Read"],
  account,
  authenticationScheme: AuthenticationScheme.POP,
  resourceRequestMethod: "GET",
  resourceRequestUri: "https://orders.contoso.com/orders",
};
const result = await client.acquireTokenSilent(request);
