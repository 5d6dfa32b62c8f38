_logger.LogWarning("refused {User}", User.GetObjectId());
if (!User.IsInRole("Orders.Admin")) return Forbid();
