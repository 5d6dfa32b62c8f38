var app = ConfidentialClientApplicationBuilder.Create(clientId).WithClientSecret(secret).Build();
