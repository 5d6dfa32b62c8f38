_logger.LogInformation("Signed in, token id {Id}", claims.Uti);
