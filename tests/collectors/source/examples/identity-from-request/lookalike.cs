client.DefaultRequestHeaders.Add("X-User-Id", User.GetObjectId());
