catch (MsalUiRequiredException)
{
    SignIn();
}
