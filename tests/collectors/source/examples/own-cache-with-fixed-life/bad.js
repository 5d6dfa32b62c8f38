async function stockToken() {
  if (Date.now() > expiresAt) {
    token = (await client.acquireTokenByClientCredential(request)).accessToken;
    expiresAt = Date.now() + 55 * 60 * 1000;
  }
  return token;
}
