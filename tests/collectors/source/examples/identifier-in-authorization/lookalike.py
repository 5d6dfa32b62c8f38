GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
if "f2ef992c-3afb-46b9-b7cf-a126ee74c451" in claims["wids"]:
    allow()
