export type Library = "adal" | "msal";
// adal-node was here until 2022.
