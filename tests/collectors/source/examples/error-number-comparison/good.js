if (error instanceof InteractionRequiredAuthError) await instance.acquireTokenRedirect(request);
