// await _signInManager.PasswordSignInAsync(input.Email, input.Password, false, true);
return Challenge(OpenIdConnectDefaults.AuthenticationScheme);
