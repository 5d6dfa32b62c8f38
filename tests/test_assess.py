"""The seven verdict rules, the boundaries between them, score, gate, waivers, and the properties that must hold."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ztcheck.assess import MET, OPEN, VERDICTS, Baseline, assess
from ztcheck.catalogue import SEVERITIES, Catalogue, Check, Practice, ProfileField
from ztcheck.catalogue.rules import Rule
from ztcheck.evidence import Evidence, Finding, Input, Outcome, Place, ProfileFinding, digest_of
from ztcheck.team import Answer, Declared, Team, Waiver

TODAY = dt.date(2026, 11, 16)
DAYS = {"critical": 30, "high": 90, "medium": 180, "low": 365}


def days_ago(days):
    return TODAY - dt.timedelta(days=days)


def check(name, practice, collector="manifest", can=("refute", "support"), measured=False):
    return Check(name, practice, collector, tuple(can), "looks", None, measured)


def practice(name, *checks, severity="high", layer="app", applies_when=None, waivable=True, effort="hours"):
    return Practice(
        id=name, title=name, topic="t", page=None, layer=layer, principles=("least-privilege",), severity=severity,
        impact=3, exploitability=3, effort=effort, question="?", applies_when=applies_when or Rule("all"),
        waivable=waivable, attestation_days=DAYS[severity], attestation_reason=None, checks=checks, snippets=(),
        recommendations=(), standards={}, added_because=None,
    )  # fmt: skip


def catalogue(*practices, renamed=None):
    fields = (
        ProfileField("app_kinds", "?", True, ("web-api", "spa", "daemon"), {}),
        ProfileField("calls_apis", "?", True, ("graph", "none"), {}),
        ProfileField("answers_for", "?", True, ("app", "delivery", "organization"), {}),
    )
    return Catalogue("1", (), fields, {}, {"critical": 7}, renamed or {}, practices, "digest")


def team(*answers, waivers=(), evidence=(), **profile):
    full = {"app_kinds": ("web-api",), "calls_apis": ("none",), "answers_for": ("app",), **profile}
    return Team("zero-trust.yml", "Orders", "Ana", full, {a.practice: a for a in answers}, tuple(waivers), evidence)


def answer(word, name="p", on=TODAY, note=None, seen=None):
    return Answer(name, word, "ana", on, note if word != "not-applicable" else note or "no such route", None, seen)


def finding(effect="refutes", name="c", sure="direct", text="seen", component=None, suppressed=None):
    place = Place("src/app.py", 7)
    return Finding(name, effect, text, place, sure, f"{name}-{text}", component=component, suppressed=suppressed)


def given_input(state="used", collected_on=TODAY, declared=True, component=None, collector="manifest"):
    return Input(collector, "app.json", state, declared, "why" * (state != "used"), component, collected_on)


def waiver(name="p", finding=None, on=TODAY, until=TODAY):
    return Waiver(name, "owner", "approver", "reason", on, until, finding)


def supported(**more):
    return Evidence(inputs=(given_input(**more),), outcomes=(Outcome("c", "ran"),), findings=(finding("supports"),))


P = practice("p", check("c", "p"))
DECLARED = (Declared("manifest", "app.json"),)


def verdict(people, seen=None, known=None, **options):
    return assess(known or catalogue(P), people, seen or Evidence(), TODAY, **options).results[0]


REFUTED = Evidence(inputs=(given_input(),), outcomes=(Outcome("c", "ran"),), findings=(finding(),))
REVIEW = Evidence(inputs=(given_input(),), outcomes=(Outcome("c", "ran"),), findings=(finding("review"),))
SILENT = Evidence(inputs=(given_input(),), outcomes=(Outcome("c", "ran"),))
NOTHING = Evidence(inputs=(given_input(),), outcomes=(Outcome("c", "nothing-to-look-at"),))
NOT_RUN = Evidence(inputs=(given_input(),), outcomes=(Outcome("c", "not-run", "broke"),))
HEURISTIC = replace(REFUTED, findings=(finding(sure="heuristic"),))
SUPPRESSED = replace(REFUTED, findings=(finding(suppressed="false alarm"),))
SUPPORTED_BUT_REVIEW = replace(REVIEW, findings=(finding("supports"), finding("review")))
SUPPORTED_BUT_SUPPRESSED = replace(REVIEW, findings=(finding("supports"), finding(suppressed="false alarm")))


@pytest.mark.parametrize(
    ("word", "seen", "expected", "rule"),
    [
        pytest.param("yes", REFUTED, "contradicted", 2, id="yes that evidence refutes"),
        pytest.param("not-applicable", REFUTED, "contradicted", 2, id="not applicable that evidence refutes"),
        pytest.param("no", REFUTED, "failed", 2, id="no that evidence refutes"),
        pytest.param("partly", REFUTED, "failed", 2, id="partly that evidence refutes"),
        pytest.param(None, REFUTED, "failed", 2, id="evidence refutes, no answer"),
        pytest.param("yes", HEURISTIC, "attested", 6, id="unmeasured heuristic only asks for review"),
        pytest.param("yes", SUPPRESSED, "attested", 6, id="suppressed finding does not refute"),
        pytest.param("no", supported(), "failed", 3, id="no, though evidence supports"),
        pytest.param("partly", supported(), "failed", 3, id="partly, though evidence supports"),
        pytest.param("no", Evidence(), "failed", 3, id="no without evidence"),
        pytest.param("yes", supported(state="missing"), "unknown", 4, id="declared input missing"),
        pytest.param("yes", supported(state="broken"), "unknown", 4, id="declared input broken"),
        pytest.param("yes", supported(state="stale"), "unknown", 4, id="declared input stale"),
        pytest.param("yes", supported(collected_on=None), "unknown", 4, id="declared input of unknown age"),
        pytest.param(
            "yes", supported(collected_on=days_ago(91)), "unknown", 4, id="input older than the practice allows"
        ),
        pytest.param("yes", supported(collected_on=days_ago(-1)), "unknown", 4, id="input from the future"),
        pytest.param("yes", supported(collected_on=days_ago(90)), "verified", 5, id="input on its last day"),
        pytest.param("not-applicable", supported(state="missing"), "unknown", 4, id="not applicable, input missing"),
        pytest.param("yes", supported(state="missing", declared=False), "attested", 6, id="undeclared input missing"),
        pytest.param(None, supported(state="missing", declared=False), "unanswered", 7, id="undeclared, no answer"),
        pytest.param(None, supported(), "verified", 5, id="evidence supports, no answer"),
        pytest.param("yes", supported(), "verified", 5, id="evidence supports a yes"),
        pytest.param("not-applicable", supported(), "verified", 5, id="evidence outranks not applicable"),
        pytest.param("yes", REVIEW, "attested", 6, id="review asked beside a yes"),
        pytest.param("yes", SUPPORTED_BUT_REVIEW, "attested", 6, id="support beside a review asked for"),
        pytest.param(None, SUPPORTED_BUT_REVIEW, "unanswered", 7, id="support and review asked for, no answer"),
        pytest.param("yes", SUPPORTED_BUT_SUPPRESSED, "attested", 6, id="support beside a suppressed finding"),
        pytest.param("yes", SILENT, "attested", 6, id="silence is not support"),
        pytest.param("yes", NOTHING, "attested", 6, id="nothing to look at is not support"),
        pytest.param("yes", NOT_RUN, "attested", 6, id="a check that did not run is not support"),
        pytest.param(None, SILENT, "unanswered", 7, id="silence, no answer"),
        pytest.param(None, REVIEW, "unanswered", 7, id="review asked, no answer"),
        pytest.param("not-applicable", Evidence(), "not-applicable", 6, id="not applicable with a reason"),
        pytest.param("yes", Evidence(), "attested", 6, id="yes without evidence"),
        pytest.param(None, Evidence(), "unanswered", 7, id="nobody said"),
    ],
)
def test_verdict(word, seen, expected, rule):
    result = verdict(team(*([answer(word)] if word else [])), seen)
    assert (result.verdict, result.rule) == (expected, rule)


@pytest.mark.parametrize(("days", "expected"), [(90, "attested"), (91, "unanswered"), (-1, "unanswered")])
@pytest.mark.parametrize("word", ["yes", "not-applicable"])
def test_an_answer_lapses_the_day_after_its_last(word, days, expected):
    result = verdict(team(answer(word, on=days_ago(days))))
    assert result.verdict == (word if expected == "attested" and word != "yes" else expected)
    if days == 91:
        assert result.lapsed_since == TODAY


def test_a_lapsed_yes_that_evidence_refutes_is_contradicted():
    assert verdict(team(answer("yes", on=days_ago(900))), REFUTED).verdict == "contradicted"


def test_an_answer_lapses_when_the_evidence_it_was_given_for_changes():
    then = digest_of([finding("review")])
    assert verdict(team(answer("yes", seen=then)), REVIEW).verdict == "attested"
    changed = replace(REVIEW, findings=(finding("review", text="other"),))
    result = verdict(team(answer("yes", seen=then)), changed)
    assert (result.verdict, result.lapse_reason) == ("unanswered", "the evidence that it was given for has changed")


def test_not_applicable_needs_a_reason_and_a_practice_that_may_be_waived():
    bare = replace(answer("not-applicable"), note=" ")
    assert verdict(team(bare)).verdict == "unanswered"
    strict = catalogue(practice("p", waivable=False))
    assert verdict(team(answer("not-applicable")), known=strict).verdict == "unanswered"


def test_a_declared_input_that_no_collector_speaks_of_is_unknown():
    result = verdict(team(answer("yes"), evidence=DECLARED))
    assert (result.verdict, "no collector has read it" in result.reason) == ("unknown", True)


def test_an_input_of_another_collector_does_not_matter():
    result = verdict(team(answer("yes")), Evidence(inputs=(given_input("missing", collector="ci"),)))
    assert result.verdict == "attested"


def test_the_working_tree_has_no_age():
    tree = replace(given_input(collected_on=None), working_tree=True)
    assert verdict(team(), replace(supported(), inputs=(tree,))).verdict == "verified"


def test_a_measured_heuristic_refutes():
    known = catalogue(practice("p", check("c", "p", measured=True)))
    assert verdict(team(answer("yes")), HEURISTIC, known).verdict == "contradicted"


def test_a_check_that_cannot_refute_only_asks_for_review():
    known = catalogue(practice("p", check("c", "p", can=("support",))))
    result = verdict(team(answer("yes")), REFUTED, known)
    assert (result.verdict, result.review_asked) == ("attested", True)


def test_support_from_a_check_that_cannot_support_is_left_out_with_a_warning():
    known = catalogue(practice("p", check("c", "p", can=("refute",))))
    done = assess(known, team(), supported(), TODAY)
    assert (done.results[0].verdict, len(done.warnings)) == ("unanswered", 1)


def test_a_finding_of_an_unknown_check_is_a_warning():
    done = assess(catalogue(P), team(), Evidence(findings=(finding(name="nobody"),)), TODAY)
    assert "'nobody'" in done.warnings[0]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(Outcome("d", "ran"), "verified", id="a check that only refutes stays silent"),
        pytest.param(Outcome("d", "nothing-to-look-at"), "verified", id="nothing to look at is left out"),
        pytest.param(Outcome("d", "not-run", "no rules for Rust"), "unanswered", id="one check did not run"),
        pytest.param(None, "unanswered", id="one check says nothing at all"),
    ],
)
def test_verified_needs_every_check_accounted_for(second, expected):
    known = catalogue(practice("p", check("c", "p"), check("d", "p", can=("refute",))))
    seen = supported()
    seen = replace(seen, outcomes=(*seen.outcomes, *([second] if second else [])))
    assert verdict(team(), seen, known).verdict == expected


@pytest.mark.parametrize(
    ("web", "api", "expected"),
    [
        pytest.param("supports", "refutes", "failed", id="one component refutes"),
        pytest.param("supports", None, "unanswered", id="one component is silent"),
        pytest.param("supports", "review", "unanswered", id="one component asks for review"),
        pytest.param("supports", "supports", "verified", id="all components support"),
    ],
)
def test_with_several_components_one_refutes_and_all_must_support(web, api, expected):
    seen = Evidence(
        inputs=(given_input(component="web"), given_input(component="api")),
        outcomes=(Outcome("c", "ran", component="web"), Outcome("c", "ran", component="api")),
        findings=tuple(finding(e, component=c) for c, e in (("web", web), ("api", api)) if e),
    )
    assert verdict(team(), seen).verdict == expected


def test_a_component_without_an_outcome_keeps_the_practice_from_verified():
    seen = replace(supported(), inputs=(given_input(), given_input(component="api")))
    assert verdict(team(), seen).verdict == "unanswered"


def test_evidence_better_than_the_answer_is_said():
    assert verdict(team(answer("no")), supported()).evidence_better
    assert not verdict(team(answer("no")), SILENT).evidence_better


RULED_OUT = catalogue(practice("p", check("c", "p"), applies_when=Rule("is", "calls_apis", ("graph",))))
CALLS_GRAPH = ProfileFinding("calls_apis", "graph", "the code calls Microsoft Graph", Place("src/a.py", 3), "direct")


def test_the_profile_rules_out_and_says_which_answer():
    result = verdict(team(), known=RULED_OUT)
    assert (result.verdict, result.rule) == ("not-applicable", 1)
    assert "calls_apis" in str(result.ruled_out_by)


def test_a_layer_that_the_team_does_not_answer_for_is_ruled_out():
    result = verdict(team(), known=catalogue(practice("p", layer="organization")))
    assert (result.verdict, result.rule) == ("not-applicable", 1)


def test_evidence_that_refutes_a_ruled_out_practice_brings_it_back_and_fails_the_gate():
    done = assess(RULED_OUT, team(), REFUTED, TODAY)
    assert done.results[0].verdict == "failed"
    assert [item.practices for item in done.profile_contradictions] == [("p",)]
    assert not done.passed


def test_a_heuristic_does_not_bring_a_ruled_out_practice_back():
    assert verdict(team(), HEURISTIC, RULED_OUT).verdict == "not-applicable"


@pytest.mark.parametrize(("sure", "back"), [("direct", True), ("derived", True), ("heuristic", False)])
def test_a_profile_value_seen_in_use_brings_the_practice_back(sure, back):
    done = assess(RULED_OUT, team(), Evidence(profile=(replace(CALLS_GRAPH, sure=sure),)), TODAY)
    assert done.results[0].verdict == ("unanswered" if back else "not-applicable")
    assert [item.field for item in done.profile_contradictions] == ["calls_apis"] * back
    assert done.passed is not back


def test_a_profile_value_that_the_team_has_given_contradicts_nothing():
    done = assess(RULED_OUT, team(calls_apis=("graph",)), Evidence(profile=(CALLS_GRAPH,)), TODAY)
    assert done.profile_contradictions == ()


@pytest.mark.parametrize(
    ("waivers", "seen", "word", "expected"),
    [
        pytest.param([waiver(until=days_ago(1))], REFUTED, "yes", "contradicted", id="expired"),
        pytest.param(
            [waiver(on=days_ago(-1), until=days_ago(-2))], REFUTED, "yes", "contradicted", id="not yet in force"
        ),
        pytest.param([waiver("other")], REFUTED, "yes", "contradicted", id="of another practice"),
        pytest.param([waiver(finding="else")], REFUTED, "yes", "contradicted", id="of another finding"),
        pytest.param([waiver(finding="c-seen")], REFUTED, "no", "failed", id="of the finding, but the answer is no"),
        pytest.param([waiver(finding="c-seen")], REFUTED, "partly", "failed", id="of the finding, answer partly"),
        pytest.param(
            [waiver(finding="c-seen")],
            replace(REFUTED, findings=(finding(), finding(text="two"))),
            "yes",
            "contradicted",
            id="of one finding out of two",
        ),
        pytest.param([waiver()], Evidence(), None, "unanswered", id="cannot stand in for an answer"),
        pytest.param([waiver()], supported(state="missing"), "yes", "unknown", id="cannot stand in for an input"),
        pytest.param([waiver(finding="c-seen")], REFUTED, "yes", "accepted-risk", id="of the only finding"),
        pytest.param(
            [waiver(finding="c-seen"), waiver(finding="c-two")],
            replace(REFUTED, findings=(finding(), finding(text="two"))),
            "yes",
            "accepted-risk",
            id="of each finding",
        ),
        pytest.param([waiver()], REFUTED, "no", "accepted-risk", id="whole practice, refuted, answer no"),
        pytest.param([waiver()], Evidence(), "partly", "accepted-risk", id="whole practice, answer partly"),
        pytest.param([waiver(on=days_ago(9))], REFUTED, "yes", "accepted-risk", id="on its last day"),
    ],
)
def test_waiver(waivers, seen, word, expected):
    assert verdict(team(*([answer(word)] if word else []), waivers=waivers), seen).verdict == expected


def test_a_practice_that_may_not_be_waived_is_not():
    known = catalogue(practice("p", check("c", "p"), waivable=False))
    assert verdict(team(waivers=[waiver()]), REFUTED, known).verdict == "failed"


def test_an_accepted_risk_keeps_the_verdict_it_stands_in_for():
    result = verdict(team(answer("yes"), waivers=[waiver()]), REFUTED)
    assert (result.before_waiver, result.waivers) == ("contradicted", (waiver(),))
    assert verdict(team(answer("yes"), waivers=[waiver()]), REFUTED, use_waivers=False).verdict == "contradicted"


def test_expired_and_unused_waivers_are_listed():
    done = assess(catalogue(P), team(waivers=[waiver(until=days_ago(1)), waiver(finding="gone")]), REFUTED, TODAY)
    assert done.expired_waivers == (waiver(until=days_ago(1)),)
    assert done.unused_waivers == (waiver(finding="gone"),)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("case", ["failed", "unknown", "unanswered", "accepted-risk", "attested", "contradicted"])
def test_the_gate_fails_on_contradictions_and_on_open_critical_and_high(severity, case):
    people, seen = {
        "failed": (team(answer("no")), Evidence()),
        "unknown": (team(answer("yes")), supported(state="broken")),
        "unanswered": (team(), Evidence()),
        "accepted-risk": (team(answer("no"), waivers=[waiver()]), Evidence()),
        "attested": (team(answer("yes")), Evidence()),
        "contradicted": (team(answer("yes")), REFUTED),
    }[case]
    done = assess(catalogue(practice("p", check("c", "p"), severity=severity)), people, seen, TODAY)
    assert done.results[0].verdict == case
    fails = case == "contradicted" or (case in OPEN and severity in ("critical", "high"))
    assert (done.passed, bool(done.gate_reasons), done.results[0].gates) == (not fails, fails, fails)


def test_the_gate_fails_on_a_contradicted_profile_alone():
    done = assess(catalogue(P), team(answer("yes")), Evidence(profile=(CALLS_GRAPH,)), TODAY)
    assert (done.results[0].verdict, done.results[0].gates, done.passed) == ("attested", False, False)
    assert done.gate_reasons == ("1 profile answer contradicted by evidence",)


def test_score_leaves_out_what_is_not_applicable_and_rounds_down():
    known = catalogue(*(practice(f"p{n}") for n in range(5)), practice("out", layer="delivery"))
    people = team(
        answer("yes", "p0"), answer("yes", "p1"), answer("no", "p2"), answer("not-applicable", "p3"),
        waivers=[waiver("p2")],
    )  # fmt: skip
    done = assess(known, people, Evidence(), TODAY)
    assert (done.score.met, done.score.of, done.score.percent) == (2, 4, 50)
    assert done.coverage == {"applicable": 5, "decided": 4, "by_evidence": 0, "met": 2}
    assert assess(catalogue(*known.practices[:3]), people, Evidence(), TODAY).score.percent == 66


def test_a_score_of_nothing_says_that_nothing_is_open():
    assert assess(catalogue(), team(), Evidence(), TODAY).score.percent == 100


def test_contradictions_come_first_then_severity():
    known = catalogue(
        practice("a", severity="low"),
        practice("b", severity="critical"),
        practice("p", check("c", "p"), severity="low"),
    )
    done = assess(known, team(answer("yes"), answer("no", "a"), answer("no", "b")), REFUTED, TODAY)
    assert [result.practice.id for result in done.results] == ["p", "b", "a"]


@pytest.mark.parametrize(
    ("severity", "effort", "expected"),
    [
        ("critical", "project", "now"), ("high", "hours", "now"), ("high", "days", "next"),
        ("medium", "minutes", "next"), ("medium", "days", "later"), ("low", "minutes", "later"),
    ],
)  # fmt: skip
def test_what_to_do_first(severity, effort, expected):
    known = catalogue(practice("p", severity=severity, effort=effort))
    assert verdict(team(answer("no")), known=known).sequence == expected
    assert verdict(team(answer("yes")), known=known).sequence is None


def test_changes_since_the_baseline():
    known = catalogue(*(practice(name) for name in ("a", "b", "c", "d", "new-name")), renamed={"old-name": "new-name"})
    before = Baseline(
        days_ago(7), "1",
        {"a": "attested", "b": "failed", "c": "attested", "old-name": "unanswered", "gone": "failed"},
        ("manifest app.json",),
    )  # fmt: skip
    people = team(answer("no", "a"), answer("yes", "b"), answer("yes", "c"))
    done = assess(known, people, Evidence(), TODAY, baseline=before)
    assert [(change.kind, change.practice) for change in done.changes or ()] == [
        ("regressed", "a"), ("declaration-removed", None), ("new-practice", "d"), ("gone-practice", "gone"),
        ("fixed", "b"),
    ]  # fmt: skip


def test_a_met_practice_that_becomes_an_accepted_risk_has_regressed():
    done = assess(
        catalogue(P), team(answer("no"), waivers=[waiver()]), Evidence(), TODAY,
        baseline=Baseline(days_ago(1), "1", {"p": "attested"}),
    )  # fmt: skip
    assert [change.kind for change in done.changes or ()] == ["regressed"]


# Properties


KNOWN = catalogue(
    practice("p", check("c", "p"), check("d", "p", "source", can=("refute",)), severity="critical"),
    practice("q", check("e", "q", "manifest", can=("support",)), applies_when=Rule("is", "calls_apis", ("graph",))),
    practice("r", check("f", "r", "source", can=("refute",), measured=True), severity="medium"),
    practice("s", layer="delivery", severity="low"),
)
dates = st.sampled_from([days_ago(n) for n in (-1, 0, 30, 31, 90, 91, 400)])
components = st.sampled_from([None, "api"])
checks = st.sampled_from(["c", "d", "e", "f", "nobody"])
findings = st.builds(
    finding,
    effect=st.sampled_from(["refutes", "review", "supports"]),
    name=checks,
    sure=st.sampled_from(["direct", "derived", "heuristic"]),
    text=st.sampled_from(["one", "two"]),
    component=components,
    suppressed=st.sampled_from([None, None, None, "false alarm"]),
)
inputs = st.builds(
    given_input,
    state=st.sampled_from(["used", "used", "used", "missing", "stale", "broken"]),
    collected_on=st.one_of(st.none(), dates),
    declared=st.booleans(),
    component=components,
    collector=st.sampled_from(["manifest", "source"]),
)
states = st.sampled_from(["ran", "ran", "nothing-to-look-at", "not-run"])
outcomes = st.builds(Outcome, check=checks, state=states, component=components)
evidences = st.builds(
    Evidence,
    inputs=st.lists(inputs, max_size=4).map(tuple),
    outcomes=st.lists(outcomes, max_size=6).map(tuple),
    findings=st.lists(findings, max_size=5).map(tuple),
    profile=st.lists(st.just(CALLS_GRAPH), max_size=1).map(tuple),
)
words = st.sampled_from(["yes", "partly", "no", "not-applicable"])
teams = st.builds(
    lambda answers, waivers, profile: team(*answers, waivers=waivers, **profile),
    st.lists(st.builds(answer, words, st.sampled_from("pqrs"), dates), max_size=4),
    st.lists(
        st.builds(waiver, st.sampled_from("pqrs"), st.sampled_from([None, "c-one", "d-two"]), dates, dates), max_size=3
    ),
    st.fixed_dictionaries({
        "calls_apis": st.sampled_from([("none",), ("graph",)]),
        "answers_for": st.sampled_from([("app",), ("app", "delivery")]),
    }),
)  # fmt: skip


def by_id(done):
    return {result.practice.id: result for result in done.results}


@given(teams, evidences)
def test_every_practice_has_one_verdict_and_only_verified_and_attested_are_met(people, seen):
    done = assess(KNOWN, people, seen, TODAY)
    assert sorted(by_id(done)) == ["p", "q", "r", "s"]
    assert sum(done.counts.values()) == 4
    assert set(done.counts) == set(VERDICTS)
    assert done.score.met == sum(result.verdict in {"verified", "attested"} for result in done.results)
    assert (done.score.percent == 100) == all(r.verdict in {*MET, "not-applicable"} for r in done.results)


@given(teams, evidences, st.randoms(use_true_random=False))
def test_the_order_of_inputs_changes_nothing(people, seen, rng):
    def shuffled(items):
        items = list(items)
        rng.shuffle(items)
        return tuple(items)

    mixed = Evidence(
        *(shuffled(part) for part in (seen.inputs, seen.outcomes, seen.findings, seen.profile, seen.unread, seen.notes))
    )
    other = replace(people, waivers=shuffled(people.waivers), answers=dict(shuffled(people.answers.items())))
    assert assess(KNOWN, other, mixed, TODAY) == assess(KNOWN, people, seen, TODAY)


@given(teams, evidences, st.integers(0, 3))
def test_a_declared_input_that_goes_missing_never_raises_the_numerator(people, seen, which):
    declared = [item for item in seen.inputs if item.declared and item.state == "used"]
    if not declared:
        return
    gone = declared[which % len(declared)]
    without = replace(
        seen,
        inputs=tuple(replace(item, state="missing") if item == gone else item for item in seen.inputs),
        findings=tuple(
            item for item in seen.findings
            if item.component != gone.component
            or item.check not in KNOWN.checks
            or KNOWN.checks[item.check].collector != gone.collector
        ),
    )  # fmt: skip
    before, after = assess(KNOWN, people, seen, TODAY), assess(KNOWN, people, without, TODAY)
    assert after.score.met <= before.score.met


@given(teams, evidences)
def test_a_waiver_never_hides_a_practice_and_never_raises_the_score(people, seen):
    bare, waived = (assess(KNOWN, people, seen, TODAY, use_waivers=use) for use in (False, True))
    assert (bare.score, bare.coverage, bare.profile_contradictions) == (
        waived.score, waived.coverage, waived.profile_contradictions,
    )  # fmt: skip
    for name, result in by_id(waived).items():
        if result.verdict == "accepted-risk":
            assert result.before_waiver == by_id(bare)[name].verdict
            assert result.before_waiver in ("contradicted", "failed")
        else:
            assert result.verdict == by_id(bare)[name].verdict


@given(teams, evidences, evidences)
def test_adding_evidence_never_turns_a_contradiction_into_a_pass(people, seen, more):
    before = by_id(assess(KNOWN, people, seen, TODAY, use_waivers=False))
    after = by_id(assess(KNOWN, people, seen + more, TODAY, use_waivers=False))
    for name, result in before.items():
        if result.verdict == "contradicted":
            assert after[name].verdict == "contradicted"
        if result.verdict == "failed":
            assert after[name].verdict == "failed"


@given(teams, evidences)
def test_the_gate_passes_exactly_when_no_row_gates_and_no_profile_answer_is_contradicted(people, seen):
    done = assess(KNOWN, people, seen, TODAY)
    assert done.passed == (not any(result.gates for result in done.results) and not done.profile_contradictions)


def test_a_large_assessment_equals_itself_when_shuffled():
    items = [finding(text=str(n), effect=random.Random(n).choice(["refutes", "review"])) for n in range(200)]  # noqa: S311
    seen = replace(REFUTED, findings=tuple(items))
    assert assess(catalogue(P), team(), seen, TODAY) == assess(
        catalogue(P), team(), replace(seen, findings=tuple(reversed(items))), TODAY
    )
