public const string ClientSecretName = "orders-client-secret";
public const string Password = "Password";
