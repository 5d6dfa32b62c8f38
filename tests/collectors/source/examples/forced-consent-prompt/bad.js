await instance.loginRedirect({ scopes, prompt: "consent" });
