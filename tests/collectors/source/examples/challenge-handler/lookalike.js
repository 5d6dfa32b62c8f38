const meaning = "insufficient_claims";
