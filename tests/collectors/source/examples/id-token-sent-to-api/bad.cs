client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", result.IdToken);
