"""Reports: an assessment rendered in one format. Pure: nothing here reads a clock, prints or writes a file.

Every format renders the same assessment, after `clean` has made each string that came from outside harmless to
show; what a format needs beyond that (markup, formulas, control sequences) it escapes itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from ztcheck.errors import SITE, InputError, Problem, suggestion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from ztcheck.assess import Assessment

FORMATS = {
    "text": "txt",
    "html": "html",
    "json": "json",
    "markdown": "md",
    "csv": "csv",
    "sarif": "sarif",
    "junit": "xml",
    "badge": "svg",
}
"""The formats by name, each with the ending of its files; every one is a module of this package."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to render: what belongs to the place where a report is read, never to the assessment.

    *color* and *width* (columns) are for the terminal. *at* is the UTC time of the run, printed beside the
    assessment's date. *site* is the address that links to practices begin with; it ends with a slash.
    """

    color: bool = False
    width: int = 100
    at: dt.datetime | None = None
    site: str = SITE


DEFAULT = Options()


def render(format: str, assessment: Assessment, *, options: Options = DEFAULT) -> str:  # noqa: A002 - as in the CLI
    """Return *assessment* as text in *format*, ending with a newline.

    The same arguments give the same text. Raises InputError for a format that does not exist.
    """
    if format not in FORMATS:
        raise InputError(Problem(f"unknown format '{format}'", help=suggestion(format, FORMATS)))
    module = import_module(f"ztcheck.report.{format}")
    return cast("Callable[[Assessment, Options], str]", module.render)(_cleaned(assessment), options)


_last: list[tuple[Assessment, Assessment]] = []


def _cleaned(assessment: Assessment) -> Assessment:
    """Return *assessment* made safe to show; the last one is kept, for it is rendered in several formats."""
    from ztcheck.report.clean import clean

    if not _last or _last[0][0] is not assessment:
        _last[:] = [(assessment, clean(assessment))]
    return _last[0][1]
