public class Login
{
    private readonly TokenCredential _credential = new UsernamePasswordCredential(user, password, tenant, client);
}
