const allowed = ["content-type", "x-user-id"].join(",");
