public interface IClient
{
    Task<AuthenticationResult> AcquireTokenByUsernamePassword(string[] scopes, string username, string password);
}
