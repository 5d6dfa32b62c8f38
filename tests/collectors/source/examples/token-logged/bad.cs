_logger.LogInformation("Signed in with {Token}", accessToken);
