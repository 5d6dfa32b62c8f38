await instance.loginRedirect({ scopes, prompt: "select_account" });
