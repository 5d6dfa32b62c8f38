// Azure AD signs in elsewhere; this is the sign-in with GitHub
const provider = GitHubProvider({
  clientId: process.env.GITHUB_ID,
  clientSecret: process.env.GITHUB_SECRET,
});
