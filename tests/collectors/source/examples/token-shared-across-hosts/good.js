async function report() {
  const me = await fetch("https://graph.microsoft.com/v1.0/me", { headers: await bearer(GRAPH) });
  await fetch("https://reports.fabrikam.com/people", { method: "POST", headers: await bearer(REPORTS), body: me.body });
}
