const url = settings["endpoint"];
