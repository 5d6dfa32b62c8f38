console.log(`signed in with ${response.accessToken}`);
