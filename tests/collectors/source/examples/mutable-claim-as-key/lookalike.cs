TempData["SignedInUser"] = User.GetDisplayName();
Guard.Against.Null(User?.Identity?.Name, nameof(User.Identity.Name));
