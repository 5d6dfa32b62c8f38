catch (MsalServiceException error) when (error.Message.Contains("AADSTS70011"))
{
    Retry();
}
