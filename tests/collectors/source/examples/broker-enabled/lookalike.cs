var app = builder.WithBroker(false).Build();
