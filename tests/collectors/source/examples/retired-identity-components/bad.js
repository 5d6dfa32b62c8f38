import { AuthenticationContext } from "adal-node";
