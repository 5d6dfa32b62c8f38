# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=46.0.7", "lxml>=6.1", "signxml>=5.2"]
# ///
"""Accepts a SAML response only with one assertion that your tenant signed, for this app, this request, and now."""

import base64
import time
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
CONDITIONS, AFTER = f"{SAML}Conditions", "NotOnOrAfter"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
MICROSOFT = "http://schemas.microsoft.com/identity/claims/"
MAX_BYTES = 200_000
EXPECTED = SignatureConfiguration(
    location=f"./{SAML}Assertion/",
    signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
)


class SamlError(Exception):
    """The response is not accepted."""


@dataclass(frozen=True)
class SamlUser:
    """Who signed in, and until when a session may last, in seconds since the epoch."""

    tenant_id: str
    object_id: str
    attributes: dict[str, list[str]]
    session_ends: float


@dataclass(frozen=True)
class SamlSignIn:
    """What your app and your tenant's identity provider have agreed on by their metadata."""

    tenant_id: str
    certificates: Sequence[Certificate]  # every signing certificate in the tenant's federation metadata, read daily
    entity_id: str  # the identifier of your app
    reply_url: str
    leeway: int = 60  # seconds of clock difference

    def accept(self, saml_response: str, pending: MutableMapping[str, float]) -> SamlUser:
        """The user in the form field SAMLResponse; raises SamlError for anything else.

        *pending* is part of this browser's session: the ID of each request that it was sent away with, and the time at
        which it lapses. An ID is taken out when it is answered, so that a response serves once.
        """
        assertion = self._signed_assertion(self._document(saml_response))
        request_id = self._check(assertion)
        if pending.pop(request_id, 0) <= time.time():
            raise SamlError("no such request was sent, or it was answered before")
        values = {
            str(each.get("Name")): [value.text or "" for value in each.findall(f"{SAML}AttributeValue")]
            for each in assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute")
        }
        tenants, objects = values.get(MICROSOFT + "tenantid"), values.get(MICROSOFT + "objectidentifier")
        if tenants != [self.tenant_id] or not objects or len(objects) != 1 or not objects[0]:
            raise SamlError("the assertion names no user of the tenant")
        statement = one(assertion, f"{SAML}AuthnStatement")
        ends = instant(statement.get("SessionNotOnOrAfter")) if "SessionNotOnOrAfter" in statement.attrib else 0
        return SamlUser(self.tenant_id, objects[0], values, ends or instant(one(assertion, CONDITIONS).get(AFTER)))

    def _document(self, saml_response: str) -> Any:
        if len(saml_response) > MAX_BYTES:
            raise SamlError("too long")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            response = etree.fromstring(base64.b64decode(saml_response, validate=True), parser)
        except (ValueError, etree.XMLSyntaxError) as error:
            raise SamlError("not XML in base64") from error
        if response.getroottree().docinfo.doctype or response.tag != f"{SAMLP}Response":
            raise SamlError("not a SAML response")
        if one(response, f"{SAMLP}Status/{SAMLP}StatusCode").get("Value") != SUCCESS:
            raise SamlError("the sign-in failed")
        if response.get("Destination", self.reply_url) != self.reply_url:
            raise SamlError("sent to another address")
        if len(list(response.iter(f"{SAML}Assertion", f"{SAML}EncryptedAssertion"))) != 1:
            raise SamlError("not exactly one assertion")
        return response

    def _signed_assertion(self, response: Any) -> Any:
        """The assertion made anew from the very bytes that were signed; nothing else of the response is read."""
        for certificate in self.certificates:
            try:
                result = XMLVerifier().verify(
                    response, x509_cert=certificate, id_attribute="ID", expect_config=EXPECTED
                )
            except (InvalidSignature, InvalidInput, ValueError, etree.LxmlError):
                continue
            signed = None if isinstance(result, list) else result.signed_xml
            if signed is not None and signed.tag == f"{SAML}Assertion":
                return signed
        raise SamlError("no assertion that the tenant signed")

    def _check(self, assertion: Any) -> str:
        """Issuer, audience, times and recipient; gives the ID of the request that the assertion answers."""
        if one(assertion, f"{SAML}Issuer").text != f"https://sts.windows.net/{self.tenant_id}/":
            raise SamlError("issued by another tenant")
        conditions = one(assertion, CONDITIONS)
        audiences = [each.text for each in conditions.iterfind(f"{SAML}AudienceRestriction/{SAML}Audience")]
        if audiences != [self.entity_id]:
            raise SamlError("addressed to another app")
        confirmation = one(assertion, f"{SAML}Subject/{SAML}SubjectConfirmation")
        data = one(confirmation, f"{SAML}SubjectConfirmationData")
        if confirmation.get("Method") != BEARER or data.get("Recipient") != self.reply_url:
            raise SamlError("for another recipient")
        now = time.time()
        begins, ends = instant(conditions.get("NotBefore")), (conditions.get(AFTER), data.get(AFTER))
        if begins > now + self.leeway or min(map(instant, ends)) <= now - self.leeway:
            raise SamlError("not valid now")
        return str(data.get("InResponseTo"))


def one(element: Any, path: str) -> Any:
    """The only element at a path."""
    found = element.findall(path)
    if len(found) != 1:
        raise SamlError(f"not exactly one {path.rpartition('}')[2]}")
    return found[0]


def instant(text: str | None) -> float:
    """The seconds since the epoch that a time in UTC stands for."""
    try:
        return datetime.strptime(f"{(text or '')[:19]}+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        raise SamlError("a time is missing") from None
