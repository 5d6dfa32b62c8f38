var app = builder.Build();
