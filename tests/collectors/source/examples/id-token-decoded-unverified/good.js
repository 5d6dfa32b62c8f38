async function callback(req, res) {
  const result = await client.acquireTokenByCode(request, req.body);
  req.session.user = result.idTokenClaims;
}
