var clientCapabilities = new[] { "sorting" };
