"""The findings file: what was written is read back, and every mistake is named at once."""

import datetime as dt
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ztcheck import evidence, jsonfile
from ztcheck.errors import InputError
from ztcheck.evidence import Evidence, Finding, Input, Outcome, Place, ProfileFinding, Unread

FULL = Evidence(
    inputs=(Input("manifest", "app.json", "used", True, "", "api", dt.date(2026, 11, 1), "a" * 64),),
    outcomes=(Outcome("client-secrets-present", "ran", "", "api"),),
    findings=(
        Finding(
            check="client-secrets-present",
            effect="refutes",
            message="“one” secret",
            place=Place("app.json", 3, 4, "/passwordCredentials/0"),
            sure="direct",
            fingerprint="0123456789abcdef",
            component="api",
        ),
    ),
    profile=(ProfileFinding("audience", "multi-tenant", "said so", Place("app.json"), "direct"),),
    unread=(Unread("x.bin", "binary"),),
    notes=("a note",),
    failures=("the ci collector failed: x",),
)


def test_what_was_written_is_read_back(tmp_path):
    file = tmp_path / "findings.json"
    evidence.write(FULL, file)
    assert evidence.read(file) == FULL
    assert [path.name for path in tmp_path.iterdir()] == ["findings.json"]


def test_what_is_written_follows_the_published_schema():
    jsonschema.validate(json.loads(evidence.to_json(FULL)), evidence.schema())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"version": 2}, "/version"),
        ({"findings": {}}, "/findings: expected a list"),
        ({"findings": [{}]}, "/findings/0: 'check' is missing"),
        ({"finding": []}, "/finding: unknown key"),
        ({"inputs": [{"collector": "sources", "path": "a", "state": "used", "declared": True}]}, "/inputs/0/collector"),
        ({"inputs": [{"collector": "source", "path": "a", "state": "used", "declared": 1}]}, "/inputs/0/declared"),
        ({"unread": [{"path": 1, "reason": "x"}]}, "/unread/0/path: expected a string"),
        ({"notes": ["x" * 20_001]}, "/notes/0: is longer"),
        ({"outcomes": [{"check": "../x", "state": "ran"}]}, "/outcomes/0/check"),
        (
            {"inputs": [{"collector": "ci", "path": "a", "state": "used", "declared": True, "collected_on": "soon"}]},
            "/inputs/0/collected_on: 'soon' is not a date",
        ),
    ],
    ids=str,
)
def test_refuses_a_wrong_file_naming_the_pointer(tmp_path, change, place):
    body = {"version": 1, **change}
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(body))
    with pytest.raises(InputError) as caught:
        evidence.read(file)
    assert place in str(caught.value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, evidence.schema(), format_checker=jsonschema.FormatChecker())


def test_names_all_mistakes_of_one_file_at_once(tmp_path):
    file = tmp_path / "findings.json"
    file.write_text('{"version": 1, "notes": [1, 2], "unread": 3}')
    with pytest.raises(InputError) as caught:
        evidence.read(file)
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is empty"),
        (b"[" * 100_000, "nested deeper"),
        (b"\xff\x00\xff", "is not"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "not a JSON number"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "digits"),
        (b"{'a': 1}", "is not JSON"),
        (b'"' + b'\\"' * 2_000_000, "is not JSON"),
        (b"{" + b",".join(b'"%d": 1' % (number % 90_000) for number in range(100_000)) + b"}", "twice"),
        (b" " * (jsonfile.MAX_BYTES + 1), "larger than"),
    ],
    ids=[
        "empty",
        "deep",
        "no-text",
        "doubled-key",
        "nan",
        "huge-number",
        "python",
        "endless-string",
        "many-doubled",
        "huge",
    ],
)
def test_refuses_hostile_json(tmp_path, raw, message):
    file = tmp_path / "x.json"
    file.write_bytes(raw)
    with pytest.raises(InputError, match=message):
        jsonfile.load(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_reads_what_a_shell_redirection_wrote(tmp_path, encoding):
    file = tmp_path / "x.json"
    file.write_text('{"a": "é"}', encoding=encoding)
    assert jsonfile.load(file) == {"a": "é"}


def test_brackets_in_strings_are_not_nesting():
    assert jsonfile.parse(json.dumps("[" * 1000).encode(), "x") == "[" * 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*Evidence.__slots__, "version", "check"]), inner),
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused_never_a_crash(tmp_path_factory, value):
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(value))
    try:
        evidence.read(file)
    except InputError as error:
        assert error.problems  # noqa: PT017
