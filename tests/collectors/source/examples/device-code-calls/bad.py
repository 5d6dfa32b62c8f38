flow = app.initiate_device_flow(scopes=["User.Read"])
