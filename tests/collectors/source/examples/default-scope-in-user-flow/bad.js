await instance.acquireTokenRedirect({ scopes: ["https://graph.microsoft.com/.default"] });
