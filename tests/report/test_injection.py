"""Nothing that a team wrote or a scanned file holds can act in a report: hostile text in every field, every format."""

import base64
import csv
import hashlib
import io
import json
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report import worlds
from ztcheck.assess import Assessment
from ztcheck.report import FORMATS, Options, render
from ztcheck.report.clean import LONGEST, clean_text
from ztcheck.report.csv import cell
from ztcheck.report.json import schema
from ztcheck.report.markdown import code, escape

HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\" autofocus onfocus=alert(1) x='' style=color:red y=\"",
    "close": "</code></pre></li></ul></details></main></style></title><h1>owned</h1>",
    "comment": "<!-- --> --> <![CDATA[ ]]> <?php ?> &lt;b&gt; &#60;b&#62;",
    "css": "}</style><style>*{display:none}</style> url(javascript:alert(1)) expression(1)",
    "template": "{{ 7*7 }} {% raw %} {# #} ${7*7} #{7*7} <%= 7*7 %>",
    "url": "javascript:alert(document.domain)",
    "url-with-host": "javascript://contoso.example/%0aalert(1)//",
    "data-url": "data:text/html,<script>alert(1)</script>",
    "spaced-url": " \x01javascript:alert(1)",
    "terminal": "\x1b]0;own\x07\x1b[2J\x1b[31m\x9b31m\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\ \x08\x08\r\x7f",
    "rich": "[red]red[/red] [link=http://evil.example]x[/link] [/] :skull: [blink]",
    "markdown": "![x](http://evil.example/a.png) [y](javascript:alert(1)) **b** _i_ ~~s~~\n# h\n- l\n\n---\n| a | b |",
    "backticks": "`` ` ``` ```` <b> ```\n```html",
    "mention": "@everyone @org/team #1 org/repo#2 GH-3 www.evil.example https://evil.example a@evil.example",
    "formula": "=cmd|'/C calc'!A0",
    "formula-plus": "+1+1",
    "formula-minus": "-2+3",
    "formula-at": "@SUM(1)",
    "formula-late": '\t\r\n =HYPERLINK("http://evil.example")',
    "formula-other-separator": 'x;=1+1\t=2+2"\n=3+3,=4+4',
    "formula-wide": "＝1+1",  # noqa: RUF001 - the full-width sign is what is tried
    "separators": 'a","b\r\nc;d\te\n"',
    "xml": "\x00\x0b\x0c\ufffe\uffff\ud800 ]]> <x>",
    "bidi": "user\u202egnp.exe \u2066x\u2069 \u200f \u061c \ufeff \u2028 \u2029 \U000e0041",
    "long": "x" * 200_000,
    "word": "W" * 3_000,
    "empty": "",
    "blank": " \n ",
}
FIELDS = (
    "app", "owner", "by", "note", "link", "approved_by", "reason", "path", "pointer", "request", "message", "why",
    "advice", "excerpt", "component", "suppressed", "declared",
)  # fmt: skip
quickly = settings(deadline=None)
NAMES = pytest.mark.parametrize("name", HOSTILE)


@cache
def attacked(name: str) -> Assessment:
    """Return an assessment in which every string from outside is one of HOSTILE."""
    return worlds.world(lambda _field, value: f"{HOSTILE[name]}{value[:1]}")


@cache
def shown(format: str, name: str | None, color: bool = False) -> str:  # noqa: A002 - as in render
    """Return an attacked report; without *name* the harmless one."""
    assessment = attacked(name) if name else worlds.world()
    return render(format, assessment, options=Options(color=color))


def test_every_field_of_the_world_is_attacked():
    seen = []

    def note(field: str, value: str) -> str:
        seen.append(field)
        return value

    worlds.world(note)
    assert set(seen) == set(FIELDS)


class Skeleton(HTMLParser):
    """Collects everything but text: what a page is made of (`parts`) and where it leads (`links`)."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: set[tuple[str, ...]] = set()
        self.links: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.parts.add((tag, *(f"{key}={value}" for key, value in attrs if key != "href")))
        self.links |= {value for key, value in attrs if key in ("href", "src")}

    def handle_endtag(self, tag):
        self.parts.add(("end", tag))

    def handle_comment(self, data):
        self.parts.add(("comment", data))

    def handle_decl(self, decl):
        self.parts.add(("declaration", decl))

    def handle_pi(self, data):
        self.parts.add(("instruction", data))


@cache
def skeleton(name: str | None) -> Skeleton:
    return Skeleton(shown("html", name))


@NAMES
def test_html_has_no_element_or_attribute_that_a_harmless_report_lacks(name):
    page = shown("html", name)
    assert skeleton(name).parts <= skeleton(None).parts
    assert page.count("<script") == page.count("<img") == page.count("<iframe") == 0
    assert page.count("<style>") == page.count("</style>") == page.count("</html>") == page.count("<h1>") == 1


@NAMES
def test_html_links_only_to_the_web_and_to_itself(name):
    for link in skeleton(name).links:
        assert re.match(r"(https?://|#)", link), link


def test_the_policy_of_the_page_allows_one_style_and_nothing_else():
    page = shown("html", None)
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert ("meta", "http-equiv=Content-Security-Policy", f"content={policy}") in skeleton(None).parts
    acting = [part for part in skeleton(None).parts if any(re.match("style=|on[a-z]+=", item) for item in part[1:])]
    assert acting == []


@NAMES
@pytest.mark.parametrize("format", FORMATS)
def test_no_format_lets_a_control_character_through(format, name):  # noqa: A002 - as in render
    text = shown(format, name)
    text.encode("utf-8")
    assert re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text) == []
    assert re.findall("[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\U000e0000-\U000e007f]",
                      text) == []  # fmt: skip
    assert text.count("\r") == (text.count("\r\n") if format == "csv" else 0)


@NAMES
def test_coloured_text_holds_no_escape_sequence_but_colours_of_its_own(name):
    ours = set(re.findall(r"\x1b[^m]*m", shown("text", None, color=True)))
    text = shown("text", name, color=True)
    assert set(re.findall(r"\x1b[^m]*m?", text)) <= ours


def test_text_shows_markup_of_the_terminal_library_as_it_is():
    text = render("text", attacked("rich"), options=Options(width=500))
    assert "".join(HOSTILE["rich"].split()) in "".join(text.split())


@NAMES
def test_json_stays_in_its_published_shape(name):
    report = json.loads(shown("json", name))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(report)


@NAMES
def test_markdown_has_no_structure_that_a_harmless_report_lacks(name):
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

    def kinds(name: str | None) -> list[set[str]]:
        blocks = reader.parse(shown("markdown", name))
        inline = [child for block in blocks for child in block.children or ()]
        return [
            {block.type for block in blocks},
            {child.type for child in inline if child.content != "<!-- -->"},
            {str(child.attrGet("href")) for child in inline if child.type == "link_open"},
            {item.content for item in [*blocks, *inline] if item.type.startswith("html")} - {"<!-- -->"},
        ]

    for theirs, ours in zip(kinds(name), kinds(None), strict=True):
        assert theirs <= ours


@NAMES
def test_markdown_mentions_nobody_and_refers_to_nothing(name):
    text = shown("markdown", name)
    without_links = re.sub(r"\]\(https://zero-trust[^)\s]*\)", "]", text)
    outside_code = re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)", "", without_links)
    assert re.findall(r"(?<!\\)@\w|\\?[@#]\w", outside_code) == []
    assert "www.evil" not in outside_code
    assert "://evil" not in outside_code


@NAMES
def test_csv_has_no_cell_that_begins_a_formula_and_no_row_too_many(name):
    text = shown("csv", name)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in read} == {len(read[0])}
    assert len(read) == len(attacked(name).results) + 1
    assert not any(re.match(r"\s*[=+\-@＝＋－＠]", value) for row in read for value in row)  # noqa: RUF001
    for separator in (";", "\t"):  # as a program reads it whose list separator is another
        for line in text.split("\r\n"):
            assert not any(re.match(r'[\s"]*[=+\-@]', value) for value in line.split(separator))


@NAMES
def test_junit_is_xml_with_the_same_elements(name):
    def elements(name: str | None) -> list[str]:
        return [element.tag for element in ET.fromstring(shown("junit", name)).iter()]  # noqa: S314 - ours

    assert elements(name) == elements(None)


@NAMES
def test_sarif_names_only_files_below_the_folder(name):
    for result in json.loads(shown("sarif", name))["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9/._~%-]*", uri)
        assert not uri.startswith("/")


def test_the_badge_holds_nothing_from_outside():
    assert {shown("badge", name) for name in HOSTILE} == {shown("badge", None)}


@quickly
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_cleaned_text_can_be_encoded_and_cleaning_again_changes_nothing(text):
    clean = clean_text(text)
    clean.encode("utf-8")
    assert clean_text(clean) == clean
    kinds = {unicodedata.category(char) for char in clean} - {"Cf"}
    assert kinds.isdisjoint({"Cs", "Zl", "Zp"})
    assert "Cc" not in kinds or {char for char in clean if unicodedata.category(char) == "Cc"} <= set("\t\n")


def test_a_string_is_cut_where_it_is_too_long():
    assert len(clean_text("x" * 10**6)) < LONGEST + 60
    assert clean_text("x" * LONGEST) == "x" * LONGEST


@quickly
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_escaped_markdown_reads_as_the_text_itself(text):
    text = clean_text(text)
    inline = MarkdownIt("commonmark").parseInline(f"x{escape(text)}x")[0].children or []
    assert {child.type for child in inline} <= {"text", "text_special", "html_inline"}
    shown = "".join(child.content for child in inline if child.type != "html_inline")
    assert shown == f"x{' '.join(text.split())}x"


@quickly
@given(st.text(alphabet=st.sampled_from("`|<a \\\n*["), max_size=30))
def test_a_code_span_cannot_be_left(text):
    inline = MarkdownIt("commonmark").parseInline(code(text))[0].children or []
    assert [child.type for child in inline] == ["code_inline"] or not text.strip()


@quickly
@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n ;a1'\"|"), max_size=20))
def test_no_cell_begins_a_formula_at_any_separator(text):
    for piece in re.split("[;\t]", cell(text)):
        assert not re.match(r"\s*[=+\-@]", piece)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(field=st.sampled_from(FIELDS), bad=st.text(alphabet=st.characters(codec=None), min_size=1, max_size=40))
def test_any_text_in_any_field_leaves_every_format_whole(field, bad):
    assessment = worlds.world(lambda name, value: bad if name == field else value)
    assert Skeleton(render("html", assessment)).parts <= skeleton(None).parts
    jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(render("json", assessment)))
    ET.fromstring(render("junit", assessment))  # noqa: S314 - our own text
    json.loads(render("sarif", assessment))
    assert len(list(csv.reader(io.StringIO(render("csv", assessment), newline="")))) == len(assessment.results) + 1
    assert "\x1b" not in render("text", assessment)
    render("markdown", assessment).encode()
