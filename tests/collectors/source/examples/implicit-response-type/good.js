await instance.loginRedirect({ scopes: ["User.Read"] });
