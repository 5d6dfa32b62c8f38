"""Absent groups are not no groups: what the token does not say, Microsoft Graph does, or the answer is no."""

import json
from dataclasses import dataclass
from typing import Any

import jwt
import pytest

from group_overage import MembershipUnknownError, has_overage, in_any_group
from ztcheck.authority import Entra, Group, User
from ztcheck.authority.directory import GRAPH
from ztcheck.authority.variants import many_groups

SCOPES = ("User.Read", "GroupMember.Read.All")


@dataclass
class Directory:
    entra: Entra
    ana: User
    approvers: Group
    others: Group

    def claims(self) -> dict[str, Any]:
        """Of the token that the API gets for Ana."""
        contoso = self.entra.tenant("contoso")
        api = contoso.register("orders-api", identifier_uri="https://orders.contoso.com", group_claims="SecurityGroup")
        return dict(jwt.decode(self.entra.mint(api, user=self.ana), options={"verify_signature": False}))

    def overage(self) -> dict[str, Any]:
        self.ana.groups.extend(many_groups(self.entra.tenant("contoso")))
        claims = self.claims()
        assert "groups" not in claims
        return claims

    def graph_token(self) -> str:
        return self.entra.mint(self.entra.microsoft[GRAPH], user=self.ana, scopes=list(SCOPES), tenant=self.ana.tenant)

    def allows(self, claims: dict[str, Any]) -> bool:
        return in_any_group(claims, {self.approvers.id}, self.graph_token)

    def asked(self) -> int:
        return len(self.entra.log.find("*", host="graph.microsoft.com"))


@pytest.fixture
def directory(entra: Entra) -> Directory:
    contoso = entra.tenant("contoso")
    approvers, others = contoso.group("approvers"), contoso.group("others")
    return Directory(entra, contoso.user("ana", groups=[approvers]), approvers, others)


def test_allows_a_member_by_the_token_alone(directory):
    assert directory.allows(directory.claims())
    assert directory.asked() == 0


def test_allows_a_member_in_overage_by_graph(directory):
    assert directory.allows(directory.overage())
    assert directory.asked() == 1


def test_refuses_who_is_not_a_member(directory):
    directory.ana.groups = [directory.others]
    assert not directory.allows(directory.claims())


def test_refuses_who_is_not_a_member_in_overage(directory):
    directory.ana.groups = [directory.others]
    assert not directory.allows(directory.overage())
    assert directory.asked() == 1


def test_refuses_a_token_without_groups_and_without_marker(directory):
    directory.ana.groups = []
    claims = directory.claims()
    assert not has_overage(claims)
    assert not directory.allows(claims)


MARKERS: dict[str, dict[str, Any]] = {
    "access-token": {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x.example"}}},
    "names-without-sources": {"_claim_names": {"groups": "src1"}},
    "implicit-flow": {"hasgroups": True},
    "as-text": {"hasgroups": "true"},
    "malformed": {"_claim_names": "groups"},
    "beside-some-groups": {"_claim_names": {"groups": "src1"}, "groups": ["00000000-0000-4000-8000-000000000000"]},
}


@pytest.mark.parametrize("name", MARKERS)
def test_refuses_to_read_a_marker_as_no_groups(name, directory):
    claims = {"oid": directory.ana.id, "tid": directory.ana.tenant.id, **MARKERS[name]}
    assert has_overage(claims)
    assert directory.allows(claims)


def test_refuses_to_call_the_address_in_the_token(directory):
    claims = directory.overage()
    endpoint = claims["_claim_sources"]["src1"]["endpoint"]
    assert directory.allows(claims)
    assert "graph.windows.net" in endpoint
    assert [exchange.request.name for exchange in directory.entra.log] == ["graph.microsoft.com"]


def _fault(status: int, body: object = None) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return lambda directory: directory.entra.faults.add("*", host="graph.microsoft.com", status=status, body=text)


GRAPH_FAILS = {
    "throttled": lambda directory: directory.entra.faults.throttle(host="graph.microsoft.com"),
    "unavailable": lambda directory: directory.entra.faults.unavailable(host="graph.microsoft.com"),
    "cut": lambda directory: directory.entra.faults.cut(host="graph.microsoft.com"),
    "html": lambda directory: directory.entra.faults.html(host="graph.microsoft.com"),
    "forbidden": _fault(403, {}),
    "empty": _fault(200, ""),
    "null": _fault(200, None),
    "list": _fault(200, []),
    "no-value": _fault(200, {"@odata.context": ""}),
    "value-is-null": _fault(200, {"value": None}),
    "value-is-true": _fault(200, {"value": True}),
}


@pytest.mark.parametrize("name", GRAPH_FAILS)
def test_refuses_while_graph_does_not_answer(name, directory):
    claims = directory.overage()
    GRAPH_FAILS[name](directory)
    with pytest.raises(MembershipUnknownError):
        directory.allows(claims)


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_refuses_what_an_error_says(status, directory):
    claims = directory.overage()
    _fault(status, {"value": [directory.approvers.id]})(directory)
    with pytest.raises(MembershipUnknownError):
        directory.allows(claims)


def test_refuses_an_answer_about_other_groups(directory):
    directory.ana.groups = []
    claims = directory.overage()
    _fault(200, {"value": [directory.others.id]})(directory)
    assert not directory.allows(claims)


def test_refuses_without_permission_to_ask(directory, entra):
    claims = directory.overage()
    token = entra.mint(entra.microsoft[GRAPH], user=directory.ana, scopes=["openid"], tenant=directory.ana.tenant)
    with pytest.raises(MembershipUnknownError):
        in_any_group(claims, {directory.approvers.id}, lambda: token)


@pytest.mark.parametrize("oid", [None, "", "me", "../groups", "ana@contoso.com", 7], ids=repr)
def test_refuses_a_token_that_names_no_user(oid, directory):
    with pytest.raises(MembershipUnknownError):
        directory.allows(directory.overage() | {"oid": oid})
    assert directory.asked() == 0


@pytest.mark.parametrize("groups", ["approvers", {"approvers": True}, True, None], ids=repr)
def test_refuses_groups_that_are_not_a_list(groups, directory):
    with pytest.raises(MembershipUnknownError):
        directory.allows({"oid": directory.ana.id, "groups": groups})


@pytest.mark.parametrize(
    "groups", [set(), {"approvers"}, {"*"}, {f"{n:08}-0000-4000-8000-000000000000" for n in range(21)}], ids=len
)
def test_refuses_a_rule_that_names_no_group_by_id(groups, directory):
    with pytest.raises(ValueError, match="by object ID"):
        in_any_group(directory.claims(), groups, directory.graph_token)
