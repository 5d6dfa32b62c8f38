async function headers(body) {
  const answer = await fetch("https://login.microsoftonline.com/contoso/oauth2/v2.0/token", { method: "POST", body });
  const result = await answer.json();
  if (!answer.ok) throw new TokenRefused(result.error);
  return { Authorization: `Bearer ${result.access_token}` };
}
