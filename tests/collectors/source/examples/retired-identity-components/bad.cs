using Microsoft.IdentityModel.Clients.ActiveDirectory;
