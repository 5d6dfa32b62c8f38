"""Trees that nobody vouches for: what is read of them, what is left out, and that both are said."""

import os
import subprocess
import sys

import pytest

from ztcheck.collectors.source import cache, discover
from ztcheck.collectors.source.engine import find_binary
from ztcheck.collectors.source.scan import scan
from ztcheck.errors import ToolError

BAD = "import requests\n\n\ndef orders(url):\n    return requests.get(url, verify=False, timeout=9)\n"
CHECK = "certificate-check-off"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ZTCHECK_CACHE", str(tmp_path_factory.mktemp("cache")))


def found(root, **options):
    """The places at which *CHECK* refutes."""
    result = scan(root, checks={CHECK}, **options)
    return [(f.place.path, f.place.line) for f in result.evidence.findings if f.effect == "refutes"]


def reasons(root):
    return {item.path: item.reason for item in scan(root, checks={CHECK}).evidence.unread}


def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def test_nothing_to_scan_is_not_clean(tmp_path):
    write(tmp_path / "picture.png", "\0")
    evidence = scan(tmp_path).evidence
    assert {outcome.state for outcome in evidence.outcomes} == {"nothing-to-look-at"}
    assert any("not the same as clean" in note for note in evidence.notes)
    assert any("1 .png" in note for note in evidence.notes)


@pytest.mark.parametrize("name", ["zero-trust.yml", "zero-trust.yaml"])
def test_the_teams_file_alone_is_nothing_to_scan(tmp_path, name):
    write(tmp_path / name, "version: 1\n")
    result = scan(tmp_path)
    assert result.files == 0
    assert {outcome.state for outcome in result.evidence.outcomes} == {"nothing-to-look-at"}


def test_where_nothing_is_read_no_check_is_said_to_have_run_and_the_engine_is_still_needed(tmp_path, monkeypatch):
    (tmp_path / "product").mkdir()
    every = scan(tmp_path / "product")
    asked = scan(tmp_path / "product", checks={outcome.check for outcome in every.evidence.outcomes})
    assert asked == every
    monkeypatch.setattr("ztcheck.collectors.source.scan.find_binary", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scan(tmp_path / "product", checks={CHECK})


def test_its_own_reports_are_no_evidence_and_are_named(tmp_path):
    write(tmp_path / "a.py", BAD)
    write(tmp_path / "reports" / "ztcheck-report.json", '{"client_secret": "Xq9~fT4kLm2RzP7wQ"}')
    write(tmp_path / "reports" / "other-report.json", '{"client_secret": "Xq9~fT4kLm2RzP7wQ"}')
    result = scan(tmp_path)
    assert {finding.place.path for finding in result.evidence.findings} == {"a.py", "reports/other-report.json"}
    assert [(item.path, item.reason) for item in result.evidence.unread] == [
        ("reports/ztcheck-report.json", "a report that ztcheck wrote")
    ]


def test_links_out_of_the_tree_are_not_followed_and_named(tmp_path):
    write(tmp_path / "outside" / "secret.py", BAD)
    root = tmp_path / "product"
    root.mkdir()
    (root / "linked.py").symlink_to(tmp_path / "outside" / "secret.py")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    assert found(root) == []
    assert set(reasons(root)) == {"linked.py", "folder", "loop"}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-16", BAD),
        ("utf-16-le", BAD),
        ("utf-8-sig", BAD),
        ("latin-1", "# für Bestellungen\n" + BAD),
        ("cp1252", "# “Orders”\n" + BAD),
        ("utf-8", BAD.replace("\n", "\r\n")),
        ("utf-8", BAD.replace("\n", "\r")),
    ],
    ids=["utf-16", "utf-16-without-mark", "utf-8-mark", "latin-1", "cp1252", "crlf", "cr-only"],
)
def test_other_encodings_and_line_ends_are_read(tmp_path, encoding, text):
    write(tmp_path / "orders.py", text, encoding)
    line = 5 + text.startswith("#")
    assert found(tmp_path) == [("orders.py", line)]


@pytest.mark.parametrize(
    "broken",
    ["def (((:\n", "class A:\n  def\n", "\x00", "}}}}\n", "'''\n"[:2] + "\n", "print 'python 2'\n"],
    ids=["brackets", "half", "nul", "braces", "quotes", "python-2"],
)
def test_a_syntax_error_hides_nothing(tmp_path, broken):
    write(tmp_path / "orders.py", BAD + "\n" + broken)
    listed = reasons(tmp_path)
    assert found(tmp_path) or "orders.py" in listed


def test_a_name_that_is_no_utf8_is_read_and_printable(tmp_path):
    name = os.fsencode(str(tmp_path)) + b"/orders-\xff\n.py"
    with open(name, "wb") as file:  # noqa: PTH123 - pathlib takes no bytes
        file.write(BAD.encode())
    places = found(tmp_path)
    assert len(places) == 1
    path = places[0][0]
    assert path == "orders-\\xff\\x0a.py"
    path.encode()


def test_huge_minified_and_binary_files_are_named(tmp_path):
    write(tmp_path / "huge.py", "x = 1\n" * 400_000)
    write(tmp_path / "app.min.js", "var a=1;")
    write(tmp_path / "bundle.js", "var a=1;" * 5000)
    write(tmp_path / "data.py", "\0\1\2" * 100)
    assert set(reasons(tmp_path)) == {"huge.py", "app.min.js", "bundle.js", "data.py"}


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("api.pb.go", "// Code generated by protoc-gen-go. DO NOT EDIT.\n// source: api.proto\n\npackage api\n"),
        ("mock.go", "//go:build test\n\n// Code generated by MockGen. DO NOT EDIT.\n\npackage api\n"),
        ("Snapshot.cs", "// <auto-generated />\nusing System;\n"),
        ("Resources.Designer.cs", "//-----\n// <auto-generated>\n//     by a tool\n// </auto-generated>\n//-----\n"),
    ],
)
def test_code_that_a_program_wrote_is_named(tmp_path, name, head):
    write(tmp_path / name, head)
    assert reasons(tmp_path) == {name: "generated: a program wrote it, as its head says"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("write.go", 'package api\n\nconst head = "// Code generated by api. DO NOT EDIT."\n'),
        ("edit.go", "// Code generated once; edit it.\n\npackage api\n"),
        ("Write.cs", 'using System;\nclass Write { string head = @"\n// <auto-generated />"; }\n'),
    ],
)
def test_code_that_writes_generated_code_is_read(tmp_path, name, text):
    write(tmp_path / name, text)
    assert reasons(tmp_path) == {}


def test_deep_nesting_stops_neither_the_scan_nor_other_files(tmp_path):
    write(tmp_path / "deep.py", "token = " + "(" * 50_000 + "1" + ")" * 50_000 + "\n")
    write(tmp_path / "deep.js", "const token = " + "[" * 50_000 + "]" * 50_000 + ";\n")
    write(tmp_path / "deep.json", '{"token": ' + "[" * 50_000 + "]" * 50_000 + "}")
    write(tmp_path / "deep.yml", "token:\n" + "".join(" " * n + "a:\n" for n in range(1, 800)))
    write(tmp_path / "chain.js", "const token = a" + ".then(log)" * 5_000 + ";\n")
    write(tmp_path / "orders.py", BAD)
    assert ("orders.py", 5) in found(tmp_path)


def test_third_party_folders_and_products_of_their_own_are_named(tmp_path):
    for folder in ("node_modules/x", "venv/lib", "vendor/github.com/x", "services/other", "web/wwwroot/lib/jquery"):
        write(tmp_path / folder / "orders.py", BAD)
    write(tmp_path / "venv" / "pyvenv.cfg", "home = /usr")
    write(tmp_path / "services" / "other" / "zero-trust.yml", "version: 1\n")
    write(tmp_path / "vendor" / "modules.txt", "# x\n")
    assert found(tmp_path) == []
    assert set(reasons(tmp_path)) == {"node_modules", "venv", "vendor", "services/other", "web/wwwroot/lib"}


def test_the_teams_own_file_at_the_root_leaves_nothing_out(tmp_path):
    write(tmp_path / "zero-trust.yml", "version: 1\n")
    write(tmp_path / "orders.py", BAD)
    assert found(tmp_path) == [("orders.py", 5)]


def test_hidden_files_are_read(tmp_path):
    write(tmp_path / ".tools" / "orders.py", BAD)
    assert found(tmp_path) == [(".tools/orders.py", 5)]


def test_an_ignore_file_leaves_out_what_git_would_and_says_so(tmp_path):
    write(tmp_path / ".gitignore", "/build/\n*.local.py\n!keep.local.py\n")
    for name in ("build/orders.py", "a.local.py", "keep.local.py", "src/build/orders.py"):
        write(tmp_path / name, BAD)
    write(tmp_path / "src" / ".gitignore", "build\n")
    assert found(tmp_path) == [("keep.local.py", 5)]
    assert set(reasons(tmp_path)) == {"build", "a.local.py", "src/build"}


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.parametrize("version", ["2", "4"])
def test_tracked_files_are_read_whatever_an_ignore_file_says(tmp_path, version):
    write(tmp_path / "src" / "orders.py", BAD)
    write(tmp_path / "src" / "untracked.py", BAD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "src/orders.py")
    git(tmp_path, "update-index", "--index-version", version)
    write(tmp_path / ".gitignore", "*\n")
    assert found(tmp_path) == [("src/orders.py", 5)]


def test_no_git_command_of_the_tree_is_run(tmp_path):
    write(tmp_path / "orders.py", BAD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    proof = tmp_path / "ran"
    git(tmp_path, "config", "core.fsmonitor", f"touch {proof}")
    git(tmp_path, "config", "core.pager", f"touch {proof}")
    assert found(tmp_path) == [("orders.py", 5)]
    assert not proof.exists()


def test_costly_ignore_patterns_are_refused_and_named(tmp_path):
    write(tmp_path / ".gitignore", "*a" * 40 + "b\n" + "[" * 30 + "\n")
    write(tmp_path / ("a" * 200 + ".py"), BAD)
    assert len(found(tmp_path)) == 1
    assert "too costly" in reasons(tmp_path)[".gitignore"]


def test_settings_and_comments_for_the_engine_in_the_tree_change_nothing(tmp_path):
    write(tmp_path / "sgconfig.yml", "ruleDirs: [nowhere]\n")
    write(tmp_path / "orders.py", BAD.replace("    return", "    # ast-grep-ignore\n    return"))
    assert found(tmp_path) == [("orders.py", 6)]


def test_a_file_that_the_engine_finds_too_much_in_is_named_and_the_others_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("ztcheck.collectors.source.engine.MAX_OUTPUT", 4_000)
    write(tmp_path / "greedy.py", "import requests\n" + "requests.get(url, verify=False)\n" * 100)
    write(tmp_path / "orders.py", BAD)
    assert found(tmp_path) == [("orders.py", 5)]
    assert "greedy.py" in reasons(tmp_path)


def test_an_engine_that_refuses_the_rules_is_a_failure_and_no_clean_scan(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "ztcheck.collectors.source.engine.compile_rules", lambda _: ["id: x\nlanguage: python\nrule: 1\n"]
    )
    write(tmp_path / "orders.py", BAD)
    with pytest.raises(ToolError, match="refuses the rules"):
        scan(tmp_path)


def test_scripts_in_pages_and_components_are_read_at_their_lines(tmp_path):
    body = "const agent = new https.Agent({{ rejectUnauthorized: false }})"
    text = f"<template>\n</template>\n<script{{}}>\n{body}\n</script>\n"
    write(tmp_path / "App.vue", text.format(' setup lang="ts"'))
    write(tmp_path / "page.html", text.format(""))
    assert found(tmp_path) == [("App.vue", 4), ("page.html", 4)]


def test_without_the_engine_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(ToolError) as error:
        find_binary()
    assert "ztcheck[scan]" in (error.value.problems[0].help or "")


def test_the_cache_gives_the_same_findings_and_may_be_deleted_or_broken(tmp_path, monkeypatch):
    store = tmp_path / "cache"
    monkeypatch.setenv("ZTCHECK_CACHE", str(store))
    root = tmp_path / "product"
    write(root / "orders.py", BAD)
    first = scan(root).evidence
    assert cache.folder() == store
    assert not [path for path in root.rglob("*") if path.name != "orders.py"]
    with monkeypatch.context() as patched:
        patched.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("the engine ran again"))
        assert scan(root).evidence == first
    for path in store.iterdir():
        path.write_bytes(b"broken")
    assert scan(root).evidence == first


def test_a_changed_file_is_read_again(tmp_path):
    write(tmp_path / "orders.py", BAD)
    assert found(tmp_path)
    write(tmp_path / "orders.py", BAD.replace("verify=False, ", ""))
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("src/orders.py", "production"),
        ("tests/test_orders.py", "test"),
        ("src/Orders.Tests/Fake.cs", "test"),
        ("src/Tests/Integration/Factory.cs", "test"),
        ("orders_test.go", "test"),
        ("src/orders.spec.ts", "test"),
        ("src/orders.clienttest.tsx", "test"),
        ("src/test/java/Orders.java", "test"),
        ("integration/compose.yml", "test"),
        ("internal/acceptance/browser.go", "test"),
        ("tools/TestSuite/compose.yml", "test"),
        ("tools/k6/orders.js", "test"),
        ("src/integration/orders.py", "production"),
        ("src/latest/orders.py", "production"),
        ("contest/orders.py", "production"),
        ("samples/orders.py", "sample"),
        ("docs/orders.py", "sample"),
        (".env.example", "sample"),
        ("src/attest/keys.py", "production"),
    ],
)
def test_the_context_of_a_file_is_told_by_its_path(path, context):
    assert discover.context(path) == context


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="makes 100,000 files")
def test_a_hundred_thousand_files_are_listed(tmp_path):
    for folder in range(1000):
        place = tmp_path / f"f{folder}"
        place.mkdir()
        for number in range(100):
            (place / f"{number}.txt").touch()
    write(tmp_path / "orders.py", BAD)
    assert found(tmp_path) == [("orders.py", 5)]
