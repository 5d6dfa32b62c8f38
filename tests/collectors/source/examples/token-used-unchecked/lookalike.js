async function headers(session) {
  const answer = await fetch("/api/session", { method: "POST" });
  const result = await answer.json();
  return { Authorization: `Bearer ${result.access_token}` };
}
