var result = await _signInManager.PasswordSignInAsync(input.Email, input.Password, false, true);
