"""Scans a tree: finds files, takes facts, lets every check judge them, and says what was not read."""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.facts import Fact as CollectorFact
from ztcheck.collectors.source import cache, discover, imports, registry, secret, settings, share, suppress, texts
from ztcheck.collectors.source import history as _history
from ztcheck.collectors.source.engine import AstGrep, binary_version, find_binary
from ztcheck.collectors.source.model import CODE, Project, Unit
from ztcheck.collectors.source.vocabulary import Vocabulary
from ztcheck.evidence import Evidence, Finding, Outcome, Place, ProfileFinding, Unread, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ztcheck.collectors.source.model import Saw, Source
    from ztcheck.evidence import State

    # check, file, line, column, what it saw
    _Row = tuple[str, Unit, int, int, Saw]

# A file of code without any of these holds nothing that a check could see.
_MARKS = (
    "token", "secret", "password", "passwd", "auth", "jwt", "verif", "ssl", "tls", "cert", "cookie", "session",
    "claim", "tenant", "scope", "login", "credential", "graph.", "route", "mapping", "@app", "http", "permit",
    "anonymous", "api_key", "apikey", "private", "saml", "adal", "issuer", "audience", "aadsts", "webview", "mcp",
    "trust", "hmac", "_key", "roles", "consent", "upn", "header",
    "cache", "msal", "broker", "blueprint", "capabilit", "persist", "inrole", "tool", "oidc", "oauth", "otp", "aadb2c", "@tcp(", "pwd=", "passport",
)  # fmt: skip


# Translations hold many keys and no settings; shapes of secrets are looked for in them all the same.
_TEXTS_FOR_PEOPLE = re.compile(r"(?i)(?:^|/)(?:i18n|l10n|locales?|locali[sz]ations?|lang|languages?|translations?)/")
# A key without any of these tells no check anything.
_SETTING = re.compile(
    r"(?i)secret|passw|pwd|pass$|key|token|https|tls|cookie|client|connection|dependencies|extensions|reject|credential|metadata|jaas|requiressl|user-?name-?attribute|claim|secure$|signing"
)


_PART = 100  # files whose facts are judged in one go
_SMALL = 300_000  # characters of a tree that one process judges sooner than a second one begins
_NOTHING: tuple[State, str] = ("nothing-to-look-at", "no file of a kind that this check reads")
_CONTAINER = re.compile(r"(?i)(?:^|/)(?:docker|container)file|\.(?:docker|container)file$")


@dataclass(frozen=True)
class Scan:
    """What one scan brought: evidence, facts for other collectors, findings in test code, how many files were read."""

    evidence: Evidence
    facts: tuple[CollectorFact, ...]
    tests: tuple[Finding, ...]
    files: int
    digest: str


def scan(
    root: Path,
    *,
    checks: Collection[str] | None = None,
    declared: Mapping[str, Any] | None = None,
    measured: Collection[str] = (),
    component: str | None = None,
    top: Path | None = None,
    use_cache: bool = True,
    history: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Scan:
    """Scan the folder or file *root* and return what every check in *checks* (all when None) saw.

    *top* is the product's folder, which paths are relative to. With *history* its earlier commits are read too; without,
    what is not read says so. A heuristic refutes only where its check is among the
    *measured* ones; else it asks for review. Findings in test code are counted, not returned as
    evidence: they are in `Scan.tests`. Raises ToolError when the engine is missing.
    """
    collected = gc.isenabled()
    gc.disable()  # a scan makes next to no cycles, and to look for some among all its facts takes a tenth of it
    try:
        return _all(root, checks, declared or {}, measured, component, top, use_cache, history, progress)
    finally:
        if collected:
            gc.enable()


def _all(
    root: Path,
    checks: Collection[str] | None,
    declared: Mapping[str, Any],
    measured: Collection[str],
    component: str | None,
    top: Path | None,
    use_cache: bool,
    history: bool,
    progress: Callable[[str, int, int], None] | None,
) -> Scan:
    top = top or (root if root.is_dir() else root.parent)
    paths, unread, others = _listing(root, top)
    sources: list[Source] = []
    digest = hashlib.sha256()
    for number, path in enumerate(paths):
        if progress and number % 500 == 0:
            progress("reading", number, len(paths))
        got = discover.read(top, path)
        if isinstance(got, Unread):
            unread.append(got)
        elif got:
            sources.extend(got)
            for source in got:
                text = hashlib.sha256(source.text.encode("utf-8", "replace")).digest()
                digest.update(source.path.encode() + b"\0" + text)
    result = _tree(
        top,
        sources,
        unread,
        others,
        progress,
        checks,
        measured,
        declared,
        component,
        digest.hexdigest(),
        use_cache,
    )
    if root.is_dir() and (checks is None or _history.CHECK in checks):
        inside = "" if root == top else root.relative_to(top).as_posix() + "/"
        present = {text for source in sources for _, text in secret.strong(source.text)} if history else set()
        before = _history.read(top, inside, present, component, progress) if history else _history.unread(top)
        result = replace(result, evidence=result.evidence + before)
    return result


def _tree(
    top: Path,
    sources: list[Source],
    unread: list[Unread],
    others: Counter[str],
    progress: Callable[[str, int, int], None] | None,
    checks: Collection[str] | None,
    measured: Collection[str],
    declared: Mapping[str, Any],
    component: str | None,
    digest: str,
    use_cache: bool,
) -> Scan:
    """Return what the files of the tree bring, from the cache where they are as they were."""
    if not sources and checks is not None:
        return _nothing(checks, unread, others, digest)
    asked = [sorted(checks) if checks is not None else None, sorted(measured), declared, component]
    seen = [digest, [(item.path, item.reason) for item in unread], sorted(others.items()), asked]
    with cache.Store(engine_version() if use_cache else None) as store:
        key = json.dumps(seen, default=str, sort_keys=True)
        known = store.result(key)
        if known is not None:
            return _restored(known)
        found = _scan(top, sources, unread, others, store, progress, checks, measured, declared, component)
        result = Scan(*found, files=len(sources), digest=digest)
        store.keep(key, asdict(result))
    return result


def _nothing(checks: Collection[str], unread: list[Unread], others: Counter[str], digest: str) -> Scan:
    """Return what a scan of no file brings, without an engine, a cache or the checks: they cost most of a report."""
    find_binary()
    evidence = Evidence(
        outcomes=tuple(Outcome(check, *_NOTHING) for check in sorted(checks)),
        unread=tuple(sorted(unread, key=lambda item: item.path)),
        notes=_notes(0, others, (), []),
    )
    return Scan(evidence, (), (), 0, digest)


def _scan(
    top: Path,
    sources: list[Source],
    unread: list[Unread],
    others: Counter[str],
    store: cache.Store,
    progress: Callable[[str, int, int], None] | None,
    checks: Collection[str] | None,
    measured: Collection[str],
    declared: Mapping[str, Any],
    component: str | None,
) -> tuple[Evidence, tuple[CollectorFact, ...], tuple[Finding, ...]]:
    from ztcheck.collectors.source import checks as _  # noqa: F401 - registers every check

    units, failed = _units(sources, store, progress)
    project = Project(tuple(units), str(top))
    saw, shown, told = _judge(project, checks, declared, component)
    findings, warnings = _findings(project, list(_left(saw, component, declared)), checks, component, measured)
    tests = tuple(finding for finding in findings if finding.context == "test")
    kept = tuple(finding for finding in findings if finding.context != "test")
    outcomes = tuple(
        Outcome(check, *_state(check, project), component=component)
        for check in sorted(registry.READS)
        if checks is None or check in checks
    )
    evidence = Evidence(
        outcomes=outcomes,
        findings=kept,
        profile=shown,
        unread=tuple(sorted([*unread, *failed], key=lambda item: item.path)),
        notes=_notes(len(sources), others, tests, warnings),
    )
    return evidence, told, tests


def _restored(raw: dict[str, Any]) -> Scan:
    """Build the result of a scan from what `dataclasses.asdict` made of it."""

    def findings(rows: list[dict[str, Any]]) -> tuple[Finding, ...]:
        return tuple(Finding(**{**row, "place": Place(**row["place"])}) for row in rows)

    evidence = raw["evidence"]
    return Scan(
        Evidence(
            outcomes=tuple(Outcome(**row) for row in evidence["outcomes"]),
            findings=findings(evidence["findings"]),
            profile=tuple(ProfileFinding(**{**row, "place": Place(**row["place"])}) for row in evidence["profile"]),
            unread=tuple(Unread(**row) for row in evidence["unread"]),
            notes=tuple(evidence["notes"]),
        ),
        tuple(CollectorFact(**{**row, "place": Place(**row["place"])}) for row in raw["facts"]),
        findings(raw["tests"]),
        raw["files"],
        raw["digest"],
    )


def engine_version() -> str:
    """Return a digest of all that decides what a scan says: this package's files and the engine's binary."""
    state = hashlib.sha256(binary_version(find_binary()).encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".yml", ".toml"):
            state.update(path.read_bytes())
    return state.hexdigest()


def _listing(root: Path, top: Path) -> tuple[list[str], list[Unread], Counter[str]]:
    if root.is_file():
        path = root.relative_to(top).as_posix()
        if discover.kind(root.name) is None:
            return [], [Unread(discover.printable(path), "no check reads files of this kind")], Counter()
        return [path], [], Counter()
    paths, unread, others = discover.walk(root, top)
    base = root.relative_to(top).as_posix()
    if base == ".":
        return paths, unread, others
    return [f"{base}/{path}" for path in paths], [replace(u, path=f"{base}/{u.path}") for u in unread], others


def _units(
    sources: list[Source], store: cache.Store, progress: Callable[[str, int, int], None] | None
) -> tuple[list[Unit], list[Unread]]:
    engine = AstGrep(registry.words())
    units = [Unit(source) for source in sources]
    code = [unit for unit in units if unit.language in CODE]
    vocabulary = Vocabulary([unit.text for unit in code])
    for number, unit in enumerate(code):
        unit.vocabulary, unit.number = vocabulary, number
    unread: list[Unread] = []
    worth = {index for index, unit in enumerate(units) if unit.source.engine and unit.holds(*_MARKS)}
    ask: list[int] = []
    for index, unit in enumerate(units):
        source = unit.source
        if index in worth:
            known = store.get(source)
            if known is None:
                ask.append(index)
            else:
                unit.facts, unit.settings = known.facts, known.settings
        elif source.engine is None and (
            (source.language == "settings" and not _TEXTS_FOR_PEOPLE.search(source.path))
            or _CONTAINER.search(source.path)
        ):
            unit.settings = settings.read(source.path, source.text)
    asked = [sources[index] for index in ask]

    def done(count: int) -> None:
        if progress:
            progress("parsing", count, len(asked))

    failed: set[int] = set()
    for position, got in engine.extract(asked, done):
        if isinstance(got, str):
            unread.append(Unread(asked[position].path, got))
            failed.add(ask[position])
        else:
            unit = units[ask[position]]
            unit.facts, unit.settings = got.facts, got.settings
            store.put(got)
    for index, unit in enumerate(units):
        if unit.facts or (unit.language in ("python", "javascript") and index in worth):
            imports.resolve(unit)
    return [unit for index, unit in enumerate(units) if index not in failed], unread


def _judge(
    project: Project, checks: Collection[str] | None, declared: Mapping[str, Any], component: str | None
) -> tuple[list[_Row], tuple[ProfileFinding, ...], tuple[CollectorFact, ...]]:
    """Return what the checks saw, what the profile shows, and facts for other collectors."""
    from ztcheck.collectors.source import facts, profile

    units = project.units
    number = {id(unit): place for place, unit in enumerate(units)}
    asked = registry.Asked(rule for rule in registry.FACTS if checks is None or rule.check in checks)
    setting_rules = [(check, judge) for check, judge in registry.SETTINGS if checks is None or check in checks]

    def of_units(first: int) -> list[tuple[str, int, int, int, Saw]]:
        part = units[first : first + _PART]
        return [
            (check, number[id(unit)], line, column, got)
            for unit in part
            for check, line, column, got in (*_of_facts(unit, asked), *_of_settings(unit, setting_rules))
        ]

    def of_whole(check: str, whole: registry.WholeJudge) -> list[tuple[str, int, int, int, Saw]]:
        reads = registry.READS[check]
        return [
            (check, number[id(unit)], got.line or line, 1, got)
            for unit, line, got in whole(project, declared)
            if unit.language in reads or unit.language not in CODE
        ]

    tasks: list[Callable[[], Any]] = [lambda: tuple(facts.of(project)), lambda: profile.of(project, component)]
    judges = [(check, whole) for check, whole in registry.WHOLE if checks is None or check in checks]
    # What takes long goes first: at the end nobody waits long for the other.
    tasks += [partial(of_whole, check, whole) for check, whole in judges]
    tasks += [partial(of_units, first) for first in range(0, len(units), _PART)]
    told, shown, *rows = share.results(tasks, alone=sum(len(unit.text) for unit in units) < _SMALL)
    rows = rows[len(judges) :] + rows[: len(judges)]
    return [(check, units[place], *rest) for part in rows for check, place, *rest in part], shown, told


def _of_facts(unit: Unit, asked: registry.Asked) -> Iterator[tuple[str, int, int, Saw]]:
    for fact in unit.facts:
        for rule in asked.about(unit.language, fact):
            got = rule.judge(fact, unit)
            if got is not None:
                yield rule.check, got.line or fact.at, fact.column, got


def _of_settings(unit: Unit, rules: Sequence[tuple[str, registry.SettingJudge]]) -> Iterator[tuple[str, int, int, Saw]]:
    for item in unit.settings:
        if not _SETTING.search(item.key) and item.last != "-" and not item.value.startswith("http://"):
            continue
        for check, judge in rules:
            got = judge(item, unit)
            if got is not None:
                yield check, got.line or item.line, item.column, got


def _left(saw: list[_Row], component: str | None, declared: Mapping[str, Any]) -> Iterator[_Row]:
    """Yield what is left of *saw* beside what the team's file allows."""
    for check, unit, line, column, got in saw:
        judge = registry.ALLOWED.get(check)
        kept = got if judge is None else judge(got, unit, component, declared)
        if kept is not None:
            yield check, unit, line, column, kept


def _findings(
    project: Project,
    saw: list[_Row],
    checks: Collection[str] | None,
    component: str | None,
    measured: Collection[str],
) -> tuple[list[Finding], list[str]]:
    unique: dict[tuple[str, str, int], tuple[Unit, int, Saw]] = {}
    order = {"refutes": 0, "review": 1, "supports": 2}
    for check, unit, line, column, got in saw:
        key = (check, unit.path, line)
        if key not in unique or order[got.effect] < order[unique[key][2].effect]:
            unique[key] = (unit, column, got)
    comments = {unit.path: suppress.read(unit) for unit in {id(u): u for u, _, _ in unique.values()}.values()}
    for unit in project.units:
        # A document may show how it is written.
        if "ztcheck:" in unit.text and unit.path not in comments and not unit.path.endswith((".md", ".rst")):
            comments[unit.path] = suppress.read(unit)
    ordinals: Counter[tuple[str, str, str]] = Counter()
    findings: list[Finding] = []
    for (check, path, line), (unit, column, got) in sorted(
        unique.items(), key=lambda item: (item[0][1], item[0][2], item[0][0])
    ):
        excerpt = unit.lines[line - 1].strip()[:2000] if line <= len(unit.lines) else ""
        shown = secret.redact(excerpt, got.secret)[:300]
        folded = " ".join(shown.split())
        ordinals[(check, path, folded)] += 1
        count = ordinals[(check, path, folded)]
        effect = got.effect
        if effect == "refutes" and (
            unit.source.context == "sample" or (got.sure == "heuristic" and check not in measured)
        ):
            effect = "review"
        why, advice = texts.of(check)
        comment = suppress.find(comments.get(path, []), check, line) if effect != "supports" else None
        findings.append(
            Finding(
                check=check,
                effect=effect,
                message=secret.redact(got.message, got.secret),
                place=Place(path, line, column),
                sure=got.sure,
                fingerprint=fingerprint(check, path, folded + (f" #{count}" if count > 1 else "")),
                why=why,
                advice=advice,
                excerpt=shown,
                component=component,
                context=unit.source.context,
                suppressed=comment.reason if comment else None,
            )
        )
    return findings, list(suppress.warnings(comments, checks, registry.READS.keys()))


def _state(check: str, project: Project) -> tuple[State, str]:
    languages = registry.READS[check]
    if any(unit.language in languages for unit in project.units):
        return "ran", ""
    return _NOTHING


def _notes(files: int, others: Counter[str], tests: tuple[Finding, ...], warnings: list[str]) -> tuple[str, ...]:
    notes: list[str] = []
    if not files:
        notes.append("no source was found here: nothing was looked at, which is not the same as clean")
    if others:
        kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in others.most_common(6))
        notes.append(f"{sum(others.values()):,} files are of kinds that no check reads: {kinds}")
    counted = [finding for finding in tests if finding.effect != "supports"]
    if counted:
        notes.append(f"{len(counted)} findings in test code are not counted")
    return (*notes, *warnings)
