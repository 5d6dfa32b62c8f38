export const messages = { clientSecretMissing: "No client secret is needed here" };
