public string JwtSecretKey => configuration["Jwt:SecretKey"];
