"""Reads pipelines: GitHub workflows, composite actions of the repository, and Azure Pipelines, as jobs and steps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ztcheck import jsonfile
from ztcheck.collectors import yamlfile
from ztcheck.collectors.checking import shown
from ztcheck.errors import InputError, Problem
from ztcheck.evidence import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

System = Literal["github", "azure"]
MAX_FILES = 500
# GitHub refuses a longer value with expressions; patterns take their time on long lines.
MAX_SCRIPT = 21_000
_SCRIPTS = ("script", "bash", "pwsh", "powershell")


@dataclass(frozen=True)
class Step:
    """One step: what it *uses*, the *inputs* that it gets, the script that it *runs*, its environment."""

    path: str
    line: int
    uses: str = ""
    run: str = ""
    run_line: int = 0
    inputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    condition: str = ""
    forgiving: bool = False

    @property
    def action(self) -> str:
        """The action or task without its version, in lower case."""
        return self.uses.split("@")[0].lower()

    @property
    def place(self) -> Place:
        """Where the step stands."""
        return Place(self.path, line=self.line)

    def texts(self) -> Iterator[str]:
        """Yield every text of the step in which an expression may stand."""
        yield self.run
        yield from self.inputs.values()
        yield from self.env.values()


@dataclass(frozen=True)
class Job:
    """One job. *permissions* is None where neither job nor workflow sets any, else scope to access."""

    name: str
    path: str
    line: int
    steps: tuple[Step, ...]
    environment: str = ""
    needs: tuple[str, ...] = ()
    runs_on: str = ""
    uses: str = ""
    env: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, str] | None = None
    own_permissions: bool = False
    text: str = ""
    condition: str = ""

    @property
    def place(self) -> Place:
        """Where the job stands."""
        return Place(self.path, line=self.line)


@dataclass(frozen=True)
class Workflow:
    """One pipeline file. *triggers* maps each event to its settings; *permissions* is the workflow's own block."""

    path: str
    system: System
    jobs: tuple[Job, ...]
    triggers: dict[str, Any] = field(default_factory=dict)
    permissions: dict[str, str] | None = None
    permissions_line: int = 1
    env: dict[str, str] = field(default_factory=dict)
    env_line: int = 1


@dataclass(frozen=True)
class Pipelines:
    """All pipelines of a tree. *composite* holds the steps of the repository's own actions; *unread* says why not."""

    workflows: tuple[Workflow, ...]
    composite: tuple[Step, ...]
    unread: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, bytes], ...]


def read(root: Path) -> Pipelines:
    """Read the pipelines of the tree *root*: the root's own, since nested ones do not run."""
    workflows: list[Workflow] = []
    composite: list[Step] = []
    unread: list[tuple[str, str]] = []
    raws: list[tuple[str, bytes]] = []
    for kind, path in _files(root):
        name = shown(path, root)
        try:
            if path.is_symlink() or not path.resolve().is_relative_to(root):
                raise InputError("is a link")
            raw = jsonfile.read_bytes(path, name, max_bytes=yamlfile.MAX_BYTES)
            content = yamlfile.parse(raw, name)
            if content is None:  # all of it is commented out
                continue
            if not isinstance(content, yamlfile.Map):
                raise InputError("is no pipeline: expected a mapping")
            if kind == "workflow":
                workflows.append(_github(content, name))
            elif kind == "azure":
                workflows.append(_azure(content, name))
            else:
                composite += _steps(_map(content.get("runs")).get("steps"), name)
            raws.append((name, raw))
        except InputError as error:
            problem = error.problems[0]
            where = f"line {problem.line}: " if problem.line else ""
            unread.append((name, where + problem.message))
    return Pipelines(tuple(workflows), tuple(composite), tuple(unread), tuple(raws))


def _files(root: Path) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    folder = root / ".github"
    if folder.is_dir() and not folder.is_symlink():
        found += [("workflow", path) for path in sorted(folder.glob("workflows/*.y*ml"))]
        found += [("action", path) for path in sorted(folder.glob("actions/*/action.y*ml"))]
    found += [("action", root / name) for name in ("action.yml", "action.yaml") if (root / name).is_file()]
    for pattern in ("azure-pipelines*.y*ml", ".azure-pipelines/*.y*ml", "pipelines/*.y*ml"):
        found += [("azure", path) for path in sorted(root.glob(pattern))]
    return [(kind, path) for kind, path in found if path.is_file()][:MAX_FILES]


def _map(value: Any) -> yamlfile.Map:
    return value if isinstance(value, yamlfile.Map) else yamlfile.Map()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _script(value: Any, path: str) -> str:
    text = _text(value)
    if len(text) > MAX_SCRIPT:
        raise InputError(Problem(f"a script is longer than {MAX_SCRIPT:,} characters", path, _line(value)))
    return text


def _texts(value: Any) -> dict[str, str]:
    return {key: str(content)[:MAX_SCRIPT] for key, content in _map(value).items() if isinstance(content, str)}


def _line(value: Any, otherwise: int = 1) -> int:
    return int(getattr(value, "line", otherwise))


def _permissions(value: Any) -> dict[str, str] | None:
    if isinstance(value, str):
        return {"*": value}
    return _texts(value) if isinstance(value, yamlfile.Map) else None


def _github(content: yamlfile.Map, path: str) -> Workflow:
    triggers = content.get("on", content.get("true"))
    if isinstance(triggers, str):
        events: dict[str, Any] = {triggers: None}
    elif isinstance(triggers, list):
        events = {event: None for event in triggers if isinstance(event, str)}
    else:
        events = dict(_map(triggers))
    whole = _permissions(content.get("permissions")) if "permissions" in content else None
    if "permissions" in content and whole is None:
        whole = {}
    jobs_map = _map(content.get("jobs"))
    jobs = []
    for name, raw in jobs_map.items():
        job = _map(raw)
        own = "permissions" in job
        environment = job.get("environment")
        runs_on = job.get("runs-on")
        needs = job.get("needs")
        jobs.append(
            Job(
                name=name,
                path=path,
                line=getattr(jobs_map, "lines", {}).get(name, 1),
                steps=tuple(_steps(job.get("steps"), path)),
                environment=_text(environment) or _text(_map(environment).get("name")),
                needs=(needs,) if isinstance(needs, str) else tuple(n for n in _list(needs) if isinstance(n, str)),
                runs_on=_text(runs_on) or " ".join(_text(item) for item in _list(runs_on)),
                uses=_text(job.get("uses")),
                env=_texts(job.get("env")) | _texts(job.get("with")) | _texts(job.get("secrets")),
                permissions=(_permissions(job.get("permissions")) or {}) if own else whole,
                own_permissions=own,
                text=_text(job.get("name")),
                condition=_text(job.get("if")),
            )
        )
    lines = getattr(content, "lines", {})
    return Workflow(
        path=path,
        system="github",
        jobs=tuple(jobs),
        triggers=events,
        permissions=whole,
        permissions_line=lines.get("permissions", 1),
        env=_texts(content.get("env")),
        env_line=lines.get("env", 1),
    )


def _steps(value: Any, path: str) -> Iterator[Step]:
    for item in _list(value):
        step = _map(item)
        lines = getattr(step, "lines", {})
        run = step.get("run")
        run_line = _line(run, lines.get("run", 1))
        yield Step(
            path=path,
            line=_line(step),
            uses=_text(step.get("uses")),
            run=_script(run, path),
            # The text of a block scalar starts on the line after its key.
            run_line=run_line + (0 if getattr(run, "plain", True) else 1),
            inputs=_texts(step.get("with")),
            env=_texts(step.get("env")),
            condition=_text(step.get("if")),
            forgiving=_text(step.get("continue-on-error")).lower() == "true",
        )


def _azure(content: yamlfile.Map, path: str) -> Workflow:
    jobs: list[Job] = []

    def walk(node: Any, depth: int, environment: str) -> None:
        if depth > 12:
            return
        for item in _list(node):
            entry = _map(item)
            name = _text(entry.get("job")) or _text(entry.get("deployment")) or _text(entry.get("stage")) or "job"
            target = entry.get("environment")
            here = _text(target) or _text(_map(target).get("name")) or environment
            if "steps" in entry:
                jobs.append(_azure_job(name, entry, path, here))
            strategy = _map(entry.get("strategy"))
            for kind in strategy.values():
                hooks = [_map(hook) for hook in _map(kind).values()]
                jobs.extend(_azure_job(name, hook, path, here) for hook in hooks if "steps" in hook)
            walk(entry.get("jobs"), depth + 1, here)

    if "steps" in content:
        jobs.append(_azure_job("job", content, path, ""))
    walk(content.get("jobs"), 0, "")
    walk(content.get("stages"), 0, "")
    events = {name: content.get(name) for name in ("trigger", "pr", "schedules") if name in content}
    if "pr" in events and _text(events["pr"]) != "none":
        events["pull_request"] = _azure_filters(events["pr"])
    return Workflow(path, "azure", tuple(jobs), events)


def _azure_filters(value: Any) -> Any:
    """Return the trigger in the words of a GitHub workflow, as far as the checks look at it."""
    if isinstance(value, list):
        return {"branches": value}
    found: dict[str, Any] = {}
    for name in ("branches", "paths"):
        include = _map(_map(value).get(name)).get("include")
        if include:
            found[name] = include
    return found


def _azure_job(name: str, entry: yamlfile.Map, path: str, environment: str) -> Job:
    steps = []
    for item in _list(entry.get("steps")):
        step = _map(item)
        inputs = _texts(step.get("inputs"))
        script = next((step[key] for key in _SCRIPTS if isinstance(step.get(key), str)), None)
        if script is None:
            script = step.get("inputs") and next(
                (_map(step["inputs"])[key] for key in ("inlineScript", "script") if _map(step["inputs"]).get(key)), None
            )
        steps.append(
            Step(
                path=path,
                line=_line(step),
                uses=_text(step.get("task")),
                run=_script(script, path),
                run_line=_line(script) + (0 if getattr(script, "plain", True) else 1),
                inputs=inputs,
                env=_texts(step.get("env")),
                forgiving=_text(step.get("continueOnError")).lower() == "true",
            )
        )
    depends = entry.get("dependsOn")
    needs = (depends,) if isinstance(depends, str) else tuple(n for n in _list(depends) if isinstance(n, str))
    return Job(name, path, _line(entry), tuple(steps), environment, needs)


def expressions(text: str) -> Iterator[tuple[str, int]]:
    """Yield each ``${{ … }}`` in *text*, without its braces, and the number of lines before it."""
    end = lines = counted = 0
    while (start := text.find("${{", end)) != -1 and (end := text.find("}}", start)) != -1:
        lines += text.count("\n", counted, start)
        counted = start
        yield text[start + 3 : end].strip(), lines


def secrets_of(text: str) -> set[str]:
    """Return the names of the secrets and variables that *text* reads, in upper case."""
    found = set()
    for expression, _ in expressions(text):
        for match in re.finditer(r"\b(?:secrets|vars)\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*'([^']+)'\s*\])", expression):
            found.add((match[1] or match[2]).upper())
    return found
