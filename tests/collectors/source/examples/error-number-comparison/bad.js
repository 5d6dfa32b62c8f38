if (error.errorMessage.includes("AADSTS65001")) askForConsent();
