window.location.replace(`${authorize}?client_id=${clientId}&response_type=token&scope=openid`);
