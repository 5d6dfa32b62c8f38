public class Nightly : BackgroundService
{
    private readonly TokenCredential _credential = new ManagedIdentityCredential(client);
}
