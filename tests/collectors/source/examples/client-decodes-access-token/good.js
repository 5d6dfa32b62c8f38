import { PublicClientApplication } from "@azure/msal-browser";
const roles = response.idTokenClaims.roles;
