var handler = new HttpClientHandler
{
    ServerCertificateCustomValidationCallback = (message, certificate, chain, errors) =>
        errors == SslPolicyErrors.None && pinned.Contains(certificate.Thumbprint),
};
