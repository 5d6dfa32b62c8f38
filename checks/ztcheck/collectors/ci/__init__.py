"""The ci collector: pipelines of the working tree, exported settings of the code host, and other tools' SARIF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ztcheck import jsonfile
from ztcheck.collectors import Collected, Request, digest
from ztcheck.collectors.checking import Document, files_of, input_of, run, shown, when, why_broken
from ztcheck.errors import InputError
from ztcheck.evidence import Evidence, Finding, Input, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ztcheck.collectors.ci.workflows import Job, Pipelines, Step, Workflow
    from ztcheck.team import Declared

ENDINGS = (".json", ".sarif")


@dataclass(frozen=True)
class Pipeline:
    """What a rule of this collector looks at."""

    component: str | None
    pipelines: Pipelines
    exports: tuple[tuple[str, Document], ...]
    request: Request

    def jobs(self) -> Iterator[tuple[Workflow, Job]]:
        """Yield every job with its workflow."""
        return ((workflow, job) for workflow in self.pipelines.workflows for job in workflow.jobs)

    def steps(self) -> Iterator[Step]:
        """Yield every step: of jobs, and of the repository's own actions."""
        for _, job in self.jobs():
            yield from job.steps
        yield from self.pipelines.composite

    def export(self, kind: str) -> list[Document]:
        """Return what was exported of this *kind*."""
        return [document for name, document in self.exports if name == kind]

    def declared(self, key: str) -> Any:
        """Return what the team declares under *key*, or None."""
        return self.request.team.declared.get(key)


def collect(request: Request) -> Collected:
    """Read pipelines, exported settings and SARIF files, and run the checks."""
    from ztcheck.collectors.ci import workflows
    from ztcheck.collectors.ci.rules import RULES

    pipelines = workflows.read(request.root)
    inputs = [
        Input("ci", name, "used", declared=False, digest=digest(raw), working_tree=True)
        for name, raw in pipelines.digests
    ]
    exports: dict[str | None, list[tuple[str, Document]]] = {None: []}
    imported: list[Finding] = []
    notes: list[str] = []
    for item in request.declared:
        files = [path for path in files_of(item, request.root, ENDINGS) if path.suffix.lower() in ENDINGS]
        if not files and not (request.root / item.path).is_dir():
            files = [request.root / item.path]
        for path in files:
            entry, documents, findings, said = _read(item, path, request)
            inputs.append(entry)
            exports.setdefault(item.component, []).extend(documents)
            imported += findings
            notes += said
        if not files:
            inputs.append(input_of("ci", item, item.path, reason="the folder holds no exported settings"))
    evidence = Evidence(
        inputs=tuple(inputs),
        findings=tuple(imported),
        unread=tuple(Unread(path, reason) for path, reason in pipelines.unread),
        notes=tuple(notes),
    )
    nothing = workflows.Pipelines((), (), (), ())
    for component, documents in exports.items():
        case = Pipeline(component, pipelines if component is None else nothing, tuple(documents), request)
        evidence += run(RULES, request.checks, case)
    return Collected(evidence)


def _read(
    item: Declared, path: Path, request: Request
) -> tuple[Input, list[tuple[str, Document]], list[Finding], list[str]]:
    from ztcheck.collectors.ci import sarif, settings

    name = shown(path, request.root)
    raw: bytes | None = None
    try:
        raw = jsonfile.read_bytes(path, name)
        if path.suffix.lower() in (".yml", ".yaml"):
            raise InputError("is no export; pipelines of the repository are read without being declared")
        value = jsonfile.parse(raw, name)
        if isinstance(value, dict) and isinstance(value.get("runs"), list):
            findings, notes, taken = sarif.read(value, name, item.component)
            return input_of("ci", item, name, raw=raw, on=when(taken)), [], findings, notes
        documents, taken = settings.KINDS.read(value, name)
    except InputError as error:
        return input_of("ci", item, name, raw=raw, reason=why_broken(error)), [], [], []
    return input_of("ci", item, name, raw=raw, on=when(taken)), documents, [], []
