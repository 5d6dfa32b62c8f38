"""Assessments to render, made by the real `assess`; one of them has content in every part of a report."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ztcheck import catalogue
from ztcheck.assess import Assessment, Baseline, assess
from ztcheck.catalogue import Catalogue, Check, Collector, Practice
from ztcheck.evidence import Effect, Evidence, Finding, Input, Outcome, Place, ProfileFinding, Sureness, Unread
from ztcheck.team import Answer, AnswerWord, Declared, Team, Waiver

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = dt.date(2026, 11, 23)
PROFILE = {
    "app_kinds": ("web-app", "web-api", "daemon"),
    "audience": ("multi-tenant",),
    "users": ("workforce", "services"),
    "calls_apis": ("graph", "own-api"),
    "acts_as": ("signed-in-user", "itself"),
    "credentials": ("certificate",),
    "hosting": ("azure",),
    "features": ("none",),
    "code_host": ("github",),
    "answers_for": ("app", "delivery"),
}
# The checks of made-up collectors: the practice that each is tied to, and what it can do.
CHECKS = {
    "source-signature": ("verify-token-signature", ("refute", "support")),
    "source-audience": ("validate-token-audience", ("refute", "support")),
    "source-issuer": ("validate-token-issuer", ("refute", "support")),
    "manifest-implicit-grant": ("disable-implicit-grant", ("refute", "support")),
    "source-secret": ("keep-secrets-out-of-code", ("refute",)),
    "source-refusals": ("handle-token-refusals", ("refute", "support")),
    "source-user-key": ("key-users-on-immutable-ids", ("refute", "support")),
    "manifest-redirects": ("register-exact-redirect-uris", ("refute", "support")),
}


def with_checks(plain: Catalogue) -> Catalogue:
    """Return *plain* with no checks but CHECKS, whose practices also have a snippet and a page."""
    tied = {practice: (name, can) for name, (practice, can) in CHECKS.items()}

    def change(practice: Practice) -> Practice:
        if practice.id not in tied:
            return replace(practice, checks=())
        name, can = tied[practice.id]
        collector: Collector = "manifest" if name.startswith("manifest") else "source"
        check = Check(name, practice.id, collector, can, "what it looks at")
        return replace(practice, checks=(check,), snippets=("verify_access_token",), page="build/protect-an-api")

    return replace(plain, practices=tuple(change(practice) for practice in plain.practices))


def world(text: Callable[[str, str], str] = lambda _field, value: value) -> Assessment:
    """Return an assessment in which every part of a report has content.

    *text* is given the name and the value of every string that comes from a team or from what is scanned, and
    returns what stands in its place.
    """
    plain = catalogue.default()
    profile = plain.complete(PROFILE)
    asked = [practice for practice in plain.practices if plain.ruled_out_by(practice, profile) is None]
    full = with_checks(plain)
    checked = {practice for practice, _ in CHECKS.values()}
    rest = [practice.id for practice in asked if practice.id not in checked]
    soft = [item for item in rest[27:] if full.by_id[item].waivable][:4]

    def say(
        practice: str,
        word: AnswerWord,
        on: dt.date = dt.date(2026, 11, 1),
        note: str = "See the design record.",
        link: str | None = None,
    ) -> Answer:
        return Answer(practice, word, text("by", "Ana López"), on, text("note", note), link and text("link", link))

    answers = [
        say("verify-token-signature", "yes", note="Checked in review 1182."),
        say("validate-token-audience", "no", note="Any audience of ours is accepted."),
        say("handle-token-refusals", "partly", note="Only the nightly daemon does."),
        *(say(item, "yes", link="https://contoso.example/adr/12") for item in rest[:22]),
        *(say(item, "no", note="Planned for the next quarter.") for item in rest[22:26]),
        say(rest[26], "yes", dt.date(2024, 1, 15)),
        say(soft[0], "not-applicable", note="The product keeps no such data."),
        say(soft[1], "no", note="Too dear this year."),
        say("validate-token-issuer", "yes"),
    ]

    def accept(practice: str, on: dt.date, until: dt.date, reason: str) -> Waiver:
        people = (text("owner", "Bo Lind"), text("approved_by", "Chief Architect"))
        return Waiver(practice, *people, text("reason", reason), on, until)

    waivers = (
        accept(soft[1], DAY, DAY + dt.timedelta(days=6), "Replaced in March; the old queue holds no personal data."),
        accept(soft[2], dt.date(2026, 8, 1), dt.date(2026, 8, 7), "Was needed for the pilot."),
        accept(rest[0], DAY, DAY + dt.timedelta(days=3), "Not needed any more."),
    )

    def place(path: str, line: int | None = None, pointer: str | None = None) -> Place:
        return Place(text("path", path), line, 5 if line else None, pointer and text("pointer", pointer))

    def found(
        check: str, effect: Effect, message: str, where: Place, sure: Sureness = "direct", **more: str
    ) -> Finding:
        fingerprint = hashlib.sha256(f"{check}{message}".encode()).hexdigest()[:16]
        changed: dict[str, Any] = {key: text(key, value) if key != "context" else value for key, value in more.items()}
        return Finding(check, effect, text("message", message), where, sure, fingerprint, **changed)

    token = place("src/orders/auth.py", 41)
    findings = (
        found(
            "source-signature", "refutes", "jwt.decode is called with verify_signature off", token,
            why="Anyone can write a token that this code accepts.", component="orders-api",
            advice="Decode with the key that the issuer publishes, and with its algorithm fixed.",
            excerpt='claims = jwt.decode(token, options={"verify_signature": False})',
        ),
        found("source-signature", "review", "A header of the token chooses the key", place("src/keys.py", 7),
              "heuristic", context="test"),
        found("source-audience", "supports", "aud is compared with https://orders.contoso.com", token),
        found(
            "manifest-implicit-grant", "refutes", "Access tokens may be issued by the implicit grant",
            place("entra/web.json", None, "/web/implicitGrantSettings/enableAccessTokenIssuance"),
            component="orders-web",
        ),
        found("source-user-key", "supports", "Users are keyed on oid and tid", place("src/orders/users.py", 20)),
        found("source-issuer", "refutes", "iss is not compared", place("src/orders/auth.py", 50),
              suppressed="checked by the gateway"),
        found("source-refusals", "supports", "Refusals are told apart",
              Place(request=text("request", "GET https://127.0.0.1:8443/orders"))),
    )  # fmt: skip
    inputs = (
        Input("source", text("path", "src"), "used", False, digest="ab" * 32, working_tree=True),
        Input("manifest", text("path", "entra/web.json"), "used", True, "", text("component", "orders-web"),
              dt.date(2026, 11, 20), "cd" * 32),
        Input("manifest", text("path", "entra/daemon.json"), "broken", True, text("reason", "not JSON: line 3"),
              text("component", "orders-daemon")),
    )  # fmt: skip
    evidence = Evidence(
        inputs=inputs,
        outcomes=(
            *(Outcome(name, "ran") for name in CHECKS if name != "source-secret"),
            Outcome("source-secret", "not-run", text("reason", "the engine is not installed")),
        ),
        findings=findings,
        profile=(
            ProfileFinding("credentials", "secret", text("message", "A client secret is read"), token, "direct"),
            ProfileFinding("features", "group-claims", text("message", "The groups claim is read"), token, "derived"),
        ),
        unread=(Unread(text("path", "data/big.bin"), text("reason", "larger than 1 MB")),),
        notes=(text("note", "412 files read"),),
    )
    team = Team(
        path="zero-trust.yml",
        name=text("app", "Contoso Orders"),
        owner=text("owner", "Orders team"),
        profile=PROFILE,
        answers={answer.practice: answer for answer in answers},
        waivers=waivers,
        evidence=tuple(Declared(item.collector, item.path, item.component) for item in inputs if item.declared),
        digest="ef" * 32,
    )
    before = assess(full, replace(team, answers={}, waivers=()), Evidence(), DAY)
    verdicts = {result.practice.id: result.verdict for result in before.results}
    verdicts |= {rest[23]: "attested", "verify-token-signature": "verified", "a-practice-that-is-gone": "failed"}
    del verdicts[rest[2]]
    baseline = Baseline(dt.date(2026, 10, 23), "2026.10", verdicts, (text("declared", "ci .github/workflows"),))
    return assess(full, team, evidence, DAY, baseline=baseline)


def clear() -> Assessment:
    """Return an assessment with nothing open: every practice is answered yes on the day."""
    plain = catalogue.default()
    answers = {item.id: Answer(item.id, "yes", "Ana López", DAY) for item in plain.practices}
    return assess(plain, Team("zero-trust.yml", "Contoso Orders", "Orders team", PROFILE, answers), Evidence(), DAY)


def empty() -> Assessment:
    """Return the assessment of a team that has said nothing yet."""
    return assess(
        catalogue.default(), Team("zero-trust.yml", "Contoso Orders", "Orders team", PROFILE), Evidence(), DAY
    )
