var app = builder.WithBroker(new BrokerOptions(BrokerOptions.OperatingSystems.Windows)).Build();
