async function headers(body) {
  const answer = await fetch("https://login.microsoftonline.com/contoso/oauth2/v2.0/token", { method: "POST", body });
  const result = await answer.json();
  return { Authorization: `Bearer ${result.access_token}` };
}
