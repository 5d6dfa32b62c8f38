const headers = { Authorization: `Bearer ${response.accessToken}` };
