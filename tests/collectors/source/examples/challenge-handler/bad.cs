response.EnsureSuccessStatusCode();
