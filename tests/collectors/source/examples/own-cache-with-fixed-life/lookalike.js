async function stockToken() {
  const answer = await refresh("https://login.microsoftonline.com/contoso/oauth2/v2.0/token");
  expiresAt = Date.now() + answer.expires_in * 1000;
  return answer.access_token;
}
