import { ConfidentialClientApplication } from "@azure/msal-node";
