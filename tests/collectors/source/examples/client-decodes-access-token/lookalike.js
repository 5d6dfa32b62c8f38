import { PublicClientApplication } from "@azure/msal-browser";
const bytes = atob(dataUrl.split(",")[1]);
