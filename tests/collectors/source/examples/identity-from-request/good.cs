var userId = User.GetObjectId();
