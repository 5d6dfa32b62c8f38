public class Nightly : BackgroundService
{
    private readonly TokenCredential _credential = new UsernamePasswordCredential(user, password, tenant, client);
}
