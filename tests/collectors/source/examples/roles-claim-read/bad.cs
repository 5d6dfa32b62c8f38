if (User.Identity.Name == "admin") Allow();
