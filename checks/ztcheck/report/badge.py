"""A badge (SVG) for a README: the score, beside what is open. Holds no text from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ztcheck.report import words

if TYPE_CHECKING:
    from ztcheck.assess import Assessment
    from ztcheck.report import Options

_LABEL = "zero trust"
_WIDTH = 6.6  # of one character at 11 px, in px; `textLength` makes every font keep to it


def render(assessment: Assessment, options: Options) -> str:  # noqa: ARG001 - every format takes the same arguments
    """Return the badge: green while the gate passes, red while it fails; the words say the same."""
    said = f"{assessment.score.percent} %"
    contradicted = assessment.counts["contradicted"] + len(assessment.profile_contradictions)
    if contradicted:
        said += f", {contradicted} contradicted"
    elif assessment.open_criticals:
        said += f", {assessment.open_criticals} critical open"
    elif not assessment.passed:
        said += ", gate fails"
    color = "#14652c" if assessment.passed else "#b3201a"
    left, right = (round(len(text) * _WIDTH) for text in (_LABEL, said))
    title = f"{_LABEL}: {said}; {words.shipping(assessment)[1]} Assessed on {assessment.date}."
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right + 24}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<path d="M3 0h{left + 9}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3b444d"/>
<path d="M{left + 12} 0h{right + 9}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right + 9}z" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
<text x="6" y="14" textLength="{left}">{_LABEL}</text>
<text x="{left + 18}" y="14" textLength="{right}">{said}</text>
</g>
</svg>
"""
