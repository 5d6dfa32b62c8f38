export async function token() {
  try {
    return (await client.acquireTokenSilent(request)).accessToken;
  } catch (error) {
    if (!(error instanceof InteractionRequiredAuthError)) throw error;
    return (await client.acquireTokenPopup(request)).accessToken;
  }
}
