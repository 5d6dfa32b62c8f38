# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=46.0.7", "httpx2>=2.16", "msal>=1.39", "requests>=2.34"]
# ///
"""Proves an app without a secret: by its managed identity, its platform's token, a GitHub job, or a certificate."""

import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from token_errors import OUTAGES, OutageError, answer_of

AUDIENCE = "api://AzureADTokenExchange"
JWT = re.compile(r"[\w-]+(\.[\w-]+){2}", re.ASCII)
Credential = dict[str, str | Callable[[], str]]  # what MSAL takes as client_credential


def from_managed_identity(identity_client_id: str) -> Credential:
    """On Azure: the token of a user-assigned managed identity, which the registration trusts.

    Where there is none, MSAL's call raises RuntimeError.
    """
    identity = msal.ManagedIdentityClient(
        msal.UserAssignedManagedIdentity(client_id=identity_client_id), http_client=requests.Session()
    )

    def assertion() -> str:
        try:
            result = answer_of(lambda: identity.acquire_token_for_client(resource=AUDIENCE))
        except OutageError as error:
            raise RuntimeError(f"no token of the managed identity: {error}") from error
        if "access_token" not in result:
            raise RuntimeError(f"no token of the managed identity: {result.get('error')}")
        return jwt_in(result["access_token"])

    return {"client_assertion": assertion}


def from_token_file(path: Path) -> Credential:
    """On Kubernetes: the token in AZURE_FEDERATED_TOKEN_FILE, read anew each time, since the platform replaces it.

    Where there is none, MSAL's call raises RuntimeError.
    """

    def assertion() -> str:
        try:
            return jwt_in(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise RuntimeError(f"no token in {path}: {type(error).__name__}") from error

    return {"client_assertion": assertion}


def from_github_job(environ: Mapping[str, str] = os.environ) -> Credential:
    """In GitHub Actions: the job's own token; the job needs `permissions: id-token: write`.

    Where GitHub gives none, MSAL's call raises RuntimeError.
    """
    url, bearer = environ["ACTIONS_ID_TOKEN_REQUEST_URL"], environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    parts = urlsplit(url)
    if parts.scheme != "https" or not (parts.hostname or "").endswith(".actions.githubusercontent.com"):
        raise ValueError("ACTIONS_ID_TOKEN_REQUEST_URL is not GitHub's")

    def assertion() -> str:
        try:
            answer = httpx2.get(f"{url}&audience={AUDIENCE}", headers={"Authorization": f"Bearer {bearer}"}, timeout=10)
            return jwt_in(answer.raise_for_status().json()["value"])
        except (httpx2.HTTPError, *OUTAGES) as error:
            raise RuntimeError(f"no token of the job: {type(error).__name__}") from error

    return {"client_assertion": assertion}


def jwt_in(value: object) -> str:
    """The value, if it has the form of a JSON Web Token; raises ValueError for anything else."""
    if not isinstance(value, str) or not JWT.fullmatch(value):
        raise ValueError("not a token")
    return value


def from_certificate(path: Path) -> Credential:
    """On your own machine: one PEM file with key and certificate, which nobody but this user can read.

    Without a thumbprint MSAL signs with PS256 and names the certificate by x5t#S256.
    """
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise PermissionError(f"others can read {path}")
    pem = path.read_bytes()
    key = load_pem_private_key(pem, None)
    certificate = x509.load_pem_x509_certificate(pem)
    if certificate.public_key() != key.public_key():
        raise ValueError("the certificate belongs to another key")
    if not certificate.not_valid_before_utc <= datetime.now(UTC) < certificate.not_valid_after_utc:
        raise ValueError("the certificate is not valid today")
    text = pem.decode("ascii")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    public = begin + text.partition(begin)[2].partition(end)[0] + end
    return {"private_key": text.replace(public, ""), "public_certificate": public}
