"""A SAML response is accepted only for what the tenant signed, for this app, this browser's request, once, and now."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from saml_assertion import SamlError, SamlSignIn, SamlUser
from tests.snippets.certificates import certificate
from tests.snippets.issuer import STRANGER, TENANT, USER

ENTITY, REPLY = "https://orders.contoso.com", "https://orders.contoso.com/saml/acs"
CLAIMS = "http://schemas.microsoft.com/identity/claims/"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"


def at(when: float | str) -> str:
    """Return the time in so many seconds, as SAML writes it; a text stays as it is."""
    if isinstance(when, str):
        return when
    return datetime.fromtimestamp(time.time() + when, UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z")


@dataclass
class Response:
    """A response as Entra writes it, to be changed; signed by code that is not the verifier's."""

    request: str = "_request"
    issuer: str = f"https://sts.windows.net/{TENANT}/"
    audience: str = f"<AudienceRestriction><Audience>{ENTITY}</Audience></AudienceRestriction>"
    recipient: str = REPLY
    destination: str = f'Destination="{REPLY}"'
    begins: float | str = -300  # seconds from the moment that it is written, however late in a long test run
    ends: float | str = 3600
    confirmed_until: float | str = 3600
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    tenant: str = TENANT
    user: str = USER
    name: str = "adele@contoso.com"
    signer: str = "entra"
    shown: str = ""
    change: Callable[[Any], Any] = lambda root: root

    def assertion(self) -> str:
        return f"""<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_assertion" Version="2.0"
 IssueInstant="{at(0)}"><Issuer>{self.issuer}</Issuer><Subject><NameID>{self.name}</NameID>
<SubjectConfirmation Method="{self.method}"><SubjectConfirmationData InResponseTo="{self.request}"
 NotOnOrAfter="{at(self.confirmed_until)}" Recipient="{self.recipient}"/></SubjectConfirmation></Subject>
<Conditions NotBefore="{at(self.begins)}" NotOnOrAfter="{at(self.ends)}">{self.audience}</Conditions>
<AttributeStatement><Attribute Name="{CLAIMS}tenantid"><AttributeValue>{self.tenant}</AttributeValue></Attribute>
<Attribute Name="{CLAIMS}objectidentifier"><AttributeValue>{self.user}</AttributeValue></Attribute>
<Attribute Name="roles"><AttributeValue>Orders.Approver</AttributeValue></Attribute></AttributeStatement>
<AuthnStatement AuthnInstant="{at(-60)}" SessionIndex="_s"><AuthnContext/></AuthnStatement></Assertion>"""

    def document(self) -> Any:
        text = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0"
 {self.destination} InResponseTo="{self.request}"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{self.issuer}
</Issuer><samlp:Status><samlp:StatusCode Value="{self.status}"/></samlp:Status>{self.assertion()}</samlp:Response>"""
        root = etree.fromstring(text)
        if self.signer:
            sign(root[-1], self.signer, self.shown or self.signer)
        return self.change(root)

    def form(self) -> str:
        document = self.document()
        return base64.b64encode(document if isinstance(document, bytes) else etree.tostring(document)).decode()


def key(name: str) -> rsa.RSAPrivateKey:
    return load_pem_private_key(certificate(name).private.encode(), None)  # type: ignore[return-value]


def cert(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate(name).public.encode())


def canonical(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def sign(element: Any, signer: str, shown: str, uri: str | None = None, algorithm: str = "sha256") -> None:
    """Sign an element into itself with the key of *signer*, showing the certificate of *shown*."""
    digest = base64.b64encode(hashlib.new(algorithm, canonical(element)).digest()).decode()
    more, enc = (
        (f"{DS}rsa-sha1", f"{DS}sha1")
        if algorithm == "sha1"
        else (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2001/04/xmlenc#sha256",
        )
    )
    info = f"""<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXC}"/><ds:SignatureMethod
 Algorithm="{more}"/><ds:Reference URI="{uri if uri is not None else "#" + element.get("ID")}"><ds:Transforms>
<ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXC}"/></ds:Transforms><ds:DigestMethod
 Algorithm="{enc}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"""
    hashed = hashes.SHA1() if algorithm == "sha1" else hashes.SHA256()  # noqa: S303 - the weak hash is the attack
    value = key(signer).sign(canonical(etree.fromstring(info)), padding.PKCS1v15(), hashed)
    der = base64.b64encode(cert(shown).public_bytes(Encoding.DER)).decode()
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{base64.b64encode(value).decode()}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</ds:Signature>"
    )
    element.insert(1, signature)


def sign_in(**more: Any) -> SamlSignIn:
    return SamlSignIn(TENANT, more.pop("certificates", [cert("next"), cert("entra")]), ENTITY, REPLY, **more)


def accept(response: Response, pending: dict[str, float] | None = None) -> SamlUser:
    waiting = {"_request": time.time() + 600} if pending is None else pending
    return sign_in().accept(response.form(), waiting)


def only(root: Any, name: str) -> Any:
    return next(root.iter(f"{{*}}{name}"))


def with_text(name: str, text: str) -> Callable[[Any], Any]:
    def change(root: Any) -> Any:
        only(root, name).text = text
        return root

    return change


def evil() -> Any:
    """An assertion of the attacker's, for another user."""
    made = etree.fromstring(Response(user=STRANGER, name="admin@contoso.com").assertion())
    made.set("ID", "_evil")
    return made


def wrapped(place: Callable[[Any, Any, Any], Any]) -> Callable[[Any], Any]:
    """Wrap the signed assertion: *place* puts the attacker's into the response, given root, signed and evil."""

    def change(root: Any) -> Any:
        return place(root, root[-1], evil())

    return change


def before(root: Any, _: Any, bad: Any) -> Any:
    root.insert(2, bad)
    return root


def after(root: Any, _: Any, bad: Any) -> Any:
    root.append(bad)
    return root


def around(root: Any, signed: Any, bad: Any) -> Any:
    root.replace(signed, bad)
    bad.append(signed)
    return root


def inside_the_signature(root: Any, signed: Any, bad: Any) -> Any:
    signature = signed[1]
    signed.remove(signature)
    root.replace(signed, bad)
    bad.insert(1, signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(signed)
    return root


def in_extensions(root: Any, signed: Any, bad: Any) -> Any:
    root.replace(signed, bad)
    extensions = etree.SubElement(root, "{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
    extensions.append(signed)
    return root


def same_id(root: Any, _: Any, bad: Any) -> Any:
    bad.set("ID", "_assertion")
    root.insert(2, bad)
    return root


def signature_moved(root: Any, signed: Any, bad: Any) -> Any:
    bad.insert(1, signed[1])
    root.replace(signed, bad)
    return root


def only_the_subject_signed(root: Any) -> Any:
    only(root, "Subject").set("ID", "_subject")
    sign(only(root, "Subject"), "entra", "entra")
    signature = only(root, "Signature")
    root[-1].insert(1, signature)
    return root


def weakly_signed(root: Any) -> Any:
    sign(root[-1], "entra", "entra", algorithm="sha1")
    return root


def whole_response_signed(root: Any) -> Any:
    sign(root, "entra", "entra")
    return root


def with_doctype(root: Any) -> bytes:
    return b'<!DOCTYPE r [<!ENTITY a "x">]>' + etree.tostring(root)


def entity_for_name(root: Any) -> bytes:
    text = etree.tostring(root).replace(b"adele@contoso.com", b"&who;")
    return b'<!DOCTYPE r [<!ENTITY who "adele@contoso.com">]>' + text


def expansion(_: Any) -> bytes:
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    return b'<!DOCTYPE r [<!ENTITY a0 "x">' + entities + b"]><r>&a9;</r>"


REFUSED: dict[str, Response] = {
    "unsigned": Response(signer=""),
    "signed-by-another-key": Response(signer="attacker"),
    "signed-by-another-key-showing-ours": Response(signer="attacker", shown="entra"),
    "signed-with-sha-1": Response(signer="", change=weakly_signed),
    "only-the-response-is-signed": Response(signer="", change=whole_response_signed),
    "only-the-subject-is-signed": Response(signer="", change=only_the_subject_signed),
    "name-changed": Response(change=with_text("NameID", "admin@contoso.com")),
    "signature-value-changed": Response(change=with_text("SignatureValue", "AAAA")),
    "digest-changed": Response(change=with_text("DigestValue", "AAAA")),
    "wrapped-before": Response(change=wrapped(before)),
    "wrapped-after": Response(change=wrapped(after)),
    "wrapped-around": Response(change=wrapped(around)),
    "wrapped-inside-the-signature": Response(change=wrapped(inside_the_signature)),
    "wrapped-in-extensions": Response(change=wrapped(in_extensions)),
    "wrapped-with-the-same-id": Response(change=wrapped(same_id)),
    "signature-moved-to-another-assertion": Response(change=wrapped(signature_moved)),
    "expired": Response(ends=-120),
    "confirmation-expired": Response(confirmed_until=-120),
    "not-yet-valid": Response(begins=600),
    "without-end": Response(ends=""),
    "end-that-is-no-time": Response(ends="never"),
    "confirmation-without-end": Response(confirmed_until=""),
    "foreign-audience": Response(
        audience="<AudienceRestriction><Audience>https://x.example</Audience></AudienceRestriction>"
    ),
    "no-audience": Response(audience=""),
    "two-audiences": Response(
        audience=f"<AudienceRestriction><Audience>{ENTITY}</Audience><Audience>x</Audience></AudienceRestriction>"
    ),
    "audience-that-begins-alike": Response(
        audience=f"<AudienceRestriction><Audience>{ENTITY}.x.example</Audience></AudienceRestriction>"
    ),
    "for-another-recipient": Response(recipient="https://stranger.example/acs"),
    "no-recipient": Response(recipient=""),
    "for-another-destination": Response(destination='Destination="https://stranger.example/acs"'),
    "holder-of-key": Response(method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    "issued-by-another-tenant": Response(issuer=f"https://sts.windows.net/{STRANGER}/"),
    "of-another-tenant": Response(tenant=STRANGER),
    "no-user": Response(user=""),
    "failed-sign-in": Response(status="urn:oasis:names:tc:SAML:2.0:status:Responder"),
    "for-a-request-that-nobody-sent": Response(request="_other"),
    "for-no-request": Response(request=""),
    "doctype": Response(change=with_doctype),
    "entity-for-the-name": Response(change=entity_for_name),
    "entities-that-grow": Response(change=expansion),
    "another-document": Response(change=lambda root: root[-1]),
    "not-xml": Response(change=lambda _: b"<Response"),
    "empty": Response(change=lambda _: b""),
    "too-long": Response(name="x" * 200_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    with pytest.raises(SamlError):
        accept(REFUSED[name])


@pytest.mark.parametrize("form", ["", "%%%", "PHg+", "é", "PHg+\n"], ids=repr)
def test_refuses_a_field_that_holds_no_response(form):
    with pytest.raises(SamlError):
        sign_in().accept(form, {})


def test_refuses_a_response_for_the_second_time():
    response, pending = Response(), {"_request": time.time() + 600}
    assert accept(response, pending)
    with pytest.raises(SamlError, match="answered before"):
        accept(response, pending)


def test_refuses_the_response_to_another_browser():
    with pytest.raises(SamlError, match="no such request"):
        accept(Response(), {"_another": time.time() + 600})


def test_refuses_a_response_that_took_too_long():
    with pytest.raises(SamlError, match="no such request"):
        accept(Response(), {"_request": time.time() - 1})


def test_refuses_a_certificate_that_the_metadata_lists_no_more():
    with pytest.raises(SamlError, match="no assertion that the tenant signed"):
        sign_in(certificates=[cert("next")]).accept(Response().form(), {"_request": time.time() + 600})


def test_refuses_to_use_a_request_up_for_a_forged_response():
    pending = {"_request": time.time() + 600}
    with pytest.raises(SamlError):
        accept(Response(signer="attacker"), pending)
    assert accept(Response(), pending)


def test_refuses_to_read_a_name_up_to_a_comment():
    """Comments are not signed: who adds one must not cut the name that is read."""

    def commented(root: Any) -> bytes:
        return etree.tostring(root).replace(b"Orders.Approver", b"Orders.<!-- -->Approver")

    assert accept(Response(change=commented)).attributes["roles"] == ["Orders.Approver"]


def test_accepts_the_tenant_s_answer():
    user = accept(Response())
    assert (user.tenant_id, user.object_id, user.attributes["roles"]) == (TENANT, USER, ["Orders.Approver"])
    assert 3500 < user.session_ends - time.time() <= 3600


def test_accepts_a_response_that_is_signed_as_a_whole_too():
    assert accept(Response(change=whole_response_signed)).object_id == USER


def test_accepts_an_answer_within_the_clock_difference():
    assert accept(Response(begins=30, ends=-30))
