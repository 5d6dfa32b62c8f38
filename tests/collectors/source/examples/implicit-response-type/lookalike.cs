var parameters = new Dictionary<string, string> { ["response_type"] = "code", ["token_type"] = "token" };
