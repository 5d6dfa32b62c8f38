var app = ConfidentialClientApplicationBuilder.Create(clientId).WithClientAssertion(assertion).Build();
