console.log("Access token acquired", tokenCount, response.tokenType);
