const headers = { Authorization: `Bearer ${response.idToken}` };
