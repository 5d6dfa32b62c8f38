client.DefaultRequestHeaders.Add("Authorization", Request.Headers["Authorization"].ToString());
