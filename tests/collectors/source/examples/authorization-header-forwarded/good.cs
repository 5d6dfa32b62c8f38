var token = await _acquisition.GetAccessTokenForUserAsync(scopes);
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
