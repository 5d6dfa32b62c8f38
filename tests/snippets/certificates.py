"""Certificates that prove a client, made once for a process."""

import datetime
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class Certificate:
    """PEM texts."""

    private: str
    public: str

    @property
    def credential(self) -> dict[str, str]:
        """As MSAL takes it: without a thumbprint it signs with PS256 and sends x5t#S256."""
        return {"private_key": self.private, "public_certificate": self.public}


@cache
def certificate(name: str = "orders", starts: int = -1, ends: int = 30) -> Certificate:
    """A certificate that is valid from *starts* to *ends*, in days from now."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=starts))
        .not_valid_after(now + datetime.timedelta(days=ends))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Certificate(private.decode(), signed.public_bytes(encoding).decode())
