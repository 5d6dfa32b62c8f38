async function identity(resource) {
  return fetch(`http://169.254.169.254/metadata/identity/oauth2/token?resource=${resource}`, { headers: { Metadata: "true" } });
}
