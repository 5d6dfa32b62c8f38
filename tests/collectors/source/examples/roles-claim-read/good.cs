if (User.IsInRole("Orders.Admin")) Allow();
