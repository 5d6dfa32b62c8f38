async function exchange(tenant, form) {
  const answer = await fetch(`https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`, { method: "POST", body: form });
  return answer.json();
}
