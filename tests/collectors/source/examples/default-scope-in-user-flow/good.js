await instance.acquireTokenRedirect({ scopes: ["Mail.Read"] });
