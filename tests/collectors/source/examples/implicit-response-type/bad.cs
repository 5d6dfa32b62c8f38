var parameters = new Dictionary<string, string> { ["response_type"] = "id_token" };
