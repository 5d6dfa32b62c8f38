import { PublicClientApplication } from "@azure/msal-browser";
const roles = jwtDecode(response.accessToken).roles;
