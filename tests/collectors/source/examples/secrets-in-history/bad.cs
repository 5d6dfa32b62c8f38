public const string JWT_SECRET_KEY = "KeyThatSignsEveryOrderToken2024";
