public const string Meaning = "insufficient_claims";
