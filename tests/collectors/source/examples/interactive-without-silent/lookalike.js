// acquireTokenPopup(request) is left to the wrapper in the shared package.
export async function signIn() {
  await client.loginRedirect({ scopes: ["openid"] });
}
