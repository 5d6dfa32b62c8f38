var column = "roles";
