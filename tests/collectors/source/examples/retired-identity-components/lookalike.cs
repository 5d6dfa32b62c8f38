// using Microsoft.IdentityModel.Clients.ActiveDirectory;
using Microsoft.Identity.Client;
