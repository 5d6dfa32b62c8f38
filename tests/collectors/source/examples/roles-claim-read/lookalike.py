columns = ["name", "roles"]
