const columns = ["name", "roles"];
