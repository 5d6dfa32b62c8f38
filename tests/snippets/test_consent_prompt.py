"""A consent prompt that does not say whose app it is, in every respect, is refused."""

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

LINKS = {
    "logoUrl": "https://secure.aadcdn.microsoftonline-p.com/logo.png",
    "marketingUrl": None,
    "privacyStatementUrl": "https://contoso.com/privacy",
    "supportUrl": None,
    "termsOfServiceUrl": "https://contoso.com/terms",
}
VERIFIED = {
    "displayName": f"Contoso{HOSTILE}",
    "verifiedPublisherId": "1234567",
    "addedDateTime": "2026-01-01T00:00:00Z",
}
UNVERIFIED = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.extra |= {"verifiedPublisher": VERIFIED, "publisherDomain": "contoso.com", "info": LINKS}
    return contoso.prepare("consent_prompt.py", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


LACKS = {
    "no verified publisher": {"verifiedPublisher": UNVERIFIED},
    "a name without an id": {"verifiedPublisher": VERIFIED | {"verifiedPublisherId": ""}},
    "no domain": {"publisherDomain": None},
    "an empty domain": {"publisherDomain": ""},
    "the default domain": {"publisherDomain": "contoso.onmicrosoft.com"},
    "the default domain in capitals": {"publisherDomain": "CONTOSO.ONMICROSOFT.COM"},
    "no logo": {"info": LINKS | {"logoUrl": None}},
    "no terms": {"info": LINKS | {"termsOfServiceUrl": ""}},
    "no privacy statement": {"info": LINKS | {"privacyStatementUrl": None}},
    "a privacy statement without TLS": {"info": LINKS | {"privacyStatementUrl": "http://contoso.com/privacy"}},
}


@pytest.mark.parametrize("found", LACKS.values(), ids=LACKS)
def test_refuses_a_prompt_with(program, found):
    program.app.extra |= found
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1


def test_accepts_a_prompt_that_says_all(program):
    assert program.run().code == 0
