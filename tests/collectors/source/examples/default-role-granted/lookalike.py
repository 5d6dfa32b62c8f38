label = labels.get("roles", "Roles of this user")
