request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
