if (!User.IsInRole("Orders.Admin")) return Forbid();
