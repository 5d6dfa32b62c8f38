using Microsoft.Identity.Client;
