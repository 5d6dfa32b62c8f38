"""JUnit XML: one test case per practice, for the test view of a CI system.

There is no standard; this is the subset that the common readers share (suites, cases, failure, error, skipped).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ztcheck.catalogue import default
from ztcheck.report import words

if TYPE_CHECKING:
    from ztcheck.assess import Assessment, Result
    from ztcheck.report import Options


def render(assessment: Assessment, options: Options) -> str:
    """Return the report as XML: failed and contradicted are failures, unknown is an error.

    Unanswered is a failure where it fails the gate. Other unanswered practices, accepted risks and what is not
    applicable are skipped, with the reason: none of them passes.
    """
    root = ET.Element("testsuites", name=f"Zero Trust: {assessment.app}")
    total = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    titles = {topic.id: topic.title for topic in default().topics}
    suites: dict[str, list[Result]] = {}
    for result in assessment.results:
        suites.setdefault(result.practice.topic, []).append(result)
    if assessment.profile_contradictions:
        suite = ET.SubElement(root, "testsuite", name="Profile")
        for item in assessment.profile_contradictions:
            case = ET.SubElement(suite, "testcase", classname="profile", name=item.field)
            failure = ET.SubElement(case, "failure", message=item.message, type="contradicted")
            failure.text = "\n".join(item.places)
        _count(suite, total)
    for topic in sorted(suites, key=lambda topic: list(titles).index(topic) if topic in titles else len(titles)):
        suite = ET.SubElement(root, "testsuite", name=titles.get(topic, topic))
        for result in suites[topic]:
            _case(suite, result, options)
        _count(suite, total)
    root.attrib.update({key: str(number) for key, number in total.items()})
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def outcome(result: Result) -> str | None:
    """Return the element that stands for the verdict of *result*, or None where the practice is met."""
    match result.verdict:
        case "contradicted" | "failed":
            return "failure"
        case "unknown":
            return "error"
        case "unanswered":
            return "failure" if result.gates else "skipped"
        case "accepted-risk" | "not-applicable":
            return "skipped"
    return None


def _case(suite: ET.Element, result: Result, options: Options) -> None:
    practice = result.practice
    case = ET.SubElement(suite, "testcase", classname=practice.topic, name=f"{practice.id}: {practice.title}")
    name = outcome(result)
    if name is None:
        return
    told = ET.SubElement(case, name, message=f"{words.LABELS[result.verdict]}: {result.reason}")
    if name != "skipped":
        told.set("type", result.verdict)
    lines = [
        f"{words.EFFECTS[finding.effect]}: {finding.place}: {finding.message}"
        for finding in result.findings
        if finding.effect != "supports"
    ]
    told.text = "\n".join([practice.question, *lines, words.next_step(result), options.site + practice.path])


def _count(suite: ET.Element, total: dict[str, int]) -> None:
    counts = {
        "tests": len(suite),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
        "skipped": len(suite.findall("testcase/skipped")),
    }
    for key, number in counts.items():
        suite.set(key, str(number))
        total[key] += number
