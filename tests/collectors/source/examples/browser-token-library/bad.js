localStorage.setItem("access_token", response.accessToken);
