const loginRequest = { scopes: ["User.Read", "Mail.Read"] };
await client.loginRedirect(loginRequest);
const administration = { scopes: ["Directory.ReadWrite.All"] };
button.onclick = () => client.acquireTokenPopup(administration);
