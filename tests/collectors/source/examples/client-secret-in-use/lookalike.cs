// Microsoft Entra options that GitHub sign-in shares
public sealed class GitHubOptions
{
    public string ClientSecret { get; set; } = string.Empty;
}
