async function stockToken() {
  return (await client.acquireTokenByClientCredential(request)).accessToken;
}
