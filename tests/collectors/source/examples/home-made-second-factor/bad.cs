var token = await _userManager.GenerateTwoFactorTokenAsync(user, "Email");
