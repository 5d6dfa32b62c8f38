const meanings = { 65001: "AADSTS65001", 50076: "AADSTS50076" };
