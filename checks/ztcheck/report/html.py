"""HTML: one file that makes no request, complete without JavaScript, for a screen, a printer and an auditor."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ztcheck import assess
from ztcheck.catalogue import SEVERITIES, default, sources
from ztcheck.report import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from ztcheck.assess import Assessment, Result
    from ztcheck.catalogue import Practice
    from ztcheck.catalogue.sources import Requirement, Standard
    from ztcheck.report import Options


def render(assessment: Assessment, options: Options) -> str:
    """Return the report as one HTML document."""
    return _template().render(
        a=assessment,
        at=options.at.strftime("%Y-%m-%d %H:%M:%S UTC") if options.at else None,
        site=options.site,
        fields={field.id: field for field in default().profile},
        ruled_out=ruled_out_by_field(assessment),
        reasons=_reasons(assessment),
        by_id={result.practice.id: result for result in assessment.results},
    )


def ruled_out_by_field(assessment: Assessment) -> Mapping[str, list[Practice]]:
    """Return, for each profile field, the practices that its answer helped to rule out."""
    found: dict[str, list[Practice]] = {field: [] for field in assessment.profile}
    for result in assessment.results:
        if result.ruled_out_by is None:
            continue
        rule = result.practice.applies_when.first_false(assessment.profile)
        layer_out = result.practice.layer not in assessment.profile.get("answers_for", ())
        names = ["answers_for"] if layer_out or rule is None else dict.fromkeys(rule.fields())
        for name in names:
            found.setdefault(name, []).append(result.practice)
    return found


def _reasons(assessment: Assessment) -> list[tuple[str, list[Result]]]:
    """Return the practices that are not applicable by the reason that they share, in the words of the assessment."""
    found: dict[str, list[Result]] = {}
    for result in words.having(assessment, "not-applicable"):
        found.setdefault(result.ruled_out_by or "answered not applicable", []).append(result)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _standards(practice: Practice) -> list[tuple[Standard, list[Requirement]]]:
    known = sources.standards()
    return [(known[name], [known[name].requirements[item] for item in ids]) for name, ids in practice.standards.items()]


def _href(link: str) -> str | None:
    """Return *link* where it is a plain web address, else None: no other scheme may become a link."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", link) else None


def _code(text: str) -> Markup:
    """Return *text* escaped, with what stands between backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return Markup.escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if index % 2 else piece for index, piece in enumerate(pieces)
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("ztcheck.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        optimized=False,  # folding constants costs more than it saves for a template that is rendered once
    )
    assert environment.loader is not None  # noqa: S101 - tells the type checker
    style = environment.loader.get_source(environment, "report.css")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.filters["code"] = _code
    environment.globals.update(
        words=words,
        assess=assess,
        severities=SEVERITIES,
        standards=_standards,
        href=_href,
        # Safe: our own file, and exactly these bytes are what the policy's hash allows.
        style=Markup(style),  # noqa: S704
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )
    return environment.get_template("report.html.j2")
