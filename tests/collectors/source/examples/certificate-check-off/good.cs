var handler = new HttpClientHandler { CheckCertificateRevocationList = true };
