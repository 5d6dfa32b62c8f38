url = settings["orders"]["endpoint"]
