var app = builder.WithClientCapabilities(new[] { "cp1" }).Build();
