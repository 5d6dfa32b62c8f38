public const string ConsentDeclined = "AADSTS65004";
