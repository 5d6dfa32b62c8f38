export async function token() {
  const result = await client.acquireTokenPopup({ scopes: ["https://orders.contoso.com/Orders.Read"] });
  return result.accessToken;
}
