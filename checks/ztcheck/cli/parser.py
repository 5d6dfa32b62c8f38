"""The arguments of every command, and the help that they print. Imports no command: help must start fast."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from ztcheck.errors import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

SEVERITIES = ("critical", "high", "medium", "low")
FORMATS = ("text", "html", "json", "markdown", "csv", "sarif", "junit", "badge")
SHELLS = ("bash", "zsh", "tcsh", "fish", "powershell")
WIDTH = 80

EXIT_CODES = """\
exit codes:
  0  passed
  1  the gate failed
  2  wrong usage, or a mistake in an input file
  3  a collector or ztcheck itself failed
  The first of 2, 3, 1, 0 that holds is returned.
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help of one width, whatever the terminal's is, so that the site and a pipe show the same."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=WIDTH)

    def _split_lines(self, text: str, width: int) -> list[str]:
        import textwrap

        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


class _Parser(argparse.ArgumentParser):
    before_help: Callable[[], None] | None = None
    """What a command's help needs and its run does not."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(formatter_class=_Formatter, allow_abbrev=False, **kwargs)
        if sys.version_info >= (3, 14):
            self.color = False

    def format_help(self) -> str:
        """Return the help."""
        if self.before_help:
            self.before_help()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and how to go on, and leave with code 2."""
        advice = f"{self.prog} --help"
        if "invalid choice: " in message:
            what, _, choices = message.partition(" (choose from ")
            given = what.rpartition("invalid choice: ")[2].strip("'\"")
            known = [word.strip(" '\"") for word in choices.rstrip(")").split(",")]
            near = nearest(given, known)
            message = f"{what.rpartition(': invalid choice')[0]}: '{given}' is not one of {', '.join(known)}"
            message = message.removeprefix("argument ").replace("COMMAND: ", "no such command: ", 1)
            advice = f"did you mean '{near}'?" if near else advice
        print(Problem(message, help=advice), file=sys.stderr)
        raise SystemExit(2)


def _command(module: str, function: str = "run") -> Callable[[argparse.Namespace], int]:
    """Return a function that imports the command when it is called."""

    def run(args: argparse.Namespace) -> int:
        result: int = getattr(import_module(f"ztcheck.cli.{module}"), function)(args)
        return result

    return run


def build() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="ztcheck",
        description=(
            "One verdict per Zero Trust practice from what your team answers and what\n"
            "your code, app registration and pipeline show."
        ),
        epilog=(
            "start here:\n"
            "  ztcheck init      answer a few questions about the app\n"
            "  ztcheck report    see where it stands\n"
            "  ztcheck ask       answer what is open, a question at a time\n\n" + EXIT_CODES
        ),
    )
    parser.add_argument("-V", "--version", action="store_true", help="print the version and leave")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", parser_class=_Parser)
    for add in (_init, _ask, _report, _scan, _explain, _snippet, _list, _schema, _authority, _completion):
        add(commands)
    parser.set_defaults(run=lambda args: _bare(parser, args))
    return parser


def _bare(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if args.version:
        from ztcheck import __version__

        print(f"ztcheck {__version__}")
        return 0
    parser.print_help(sys.stderr)
    return 2


def _add(commands: Any, name: str, says: str, more: str, examples: str, codes: str) -> _Parser:
    epilog = "examples:\n" + "".join(f"  {line}\n" for line in examples.splitlines()) + "\n" + codes
    parser: _Parser = commands.add_parser(
        name, help=says, description=f"{says[0].upper()}{says[1:]}.\n\n{more}", epilog=epilog
    )
    return parser


def _codes(**meanings: str) -> str:
    return "exit codes:\n" + "".join(f"  {code.lstrip('_')}  {text}\n" for code, text in meanings.items())


def _product(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="the product's folder, or its team's file (default: .)"
    )


def _quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary; errors still show")


def _output(parser: argparse.ArgumentParser, what: str = "write to FILE instead of standard output") -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help=what)


def _date(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help="the day of the assessment (default: SOURCE_DATE_EPOCH if set, else today in UTC)",
    )


def _findings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--findings",
        metavar="FILE",
        action="append",
        default=[],
        help="take the evidence from this findings file instead of collecting it; may be repeated",
    )
    parser.add_argument("--dns", action="store_true", help="look the hosts of redirect URIs up in DNS")
    _history(parser)


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--history", action="store_true", help="look for secrets in the earlier commits of the git repository too"
    )


def _init(commands: Any) -> None:
    parser = _add(
        commands,
        "init",
        "describe the app in a few questions and write zero-trust.yml",
        "Looks at the folder for good guesses, asks, and writes the team's file. Never\n"
        "overwrites one. Without a terminal, give the answers as options; --yes takes\n"
        "the guess for every answer that is not given.",
        "ztcheck init\n"
        "ztcheck init services/orders\n"
        "ztcheck init --yes --name Orders --owner 'Orders team' --app-kinds web-api,daemon",
        _codes(_0="written", _2="wrong usage, or there is a team's file already", _3="ztcheck itself failed"),
    )
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the product's folder (default: .)")
    parser.add_argument("--name", metavar="TEXT", help="the product's name")
    parser.add_argument("--owner", metavar="TEXT", help="who answers for it")
    fields = [
        parser.add_argument(f"--{name}", metavar="WORD[,WORD]", help=f"the profile's {name.replace('-', '_')}")
        for name in (
            "app-kinds",
            "audience",
            "users",
            "calls-apis",
            "acts-as",
            "credentials",
            "hosting",
            "features",
            "code-host",
            "answers-for",
        )
    ]
    parser.before_help = lambda: _name_the_values(fields)
    parser.add_argument("--yes", action="store_true", help="ask nothing; take the guess for what is not given")
    _quiet(parser)
    parser.set_defaults(run=_command("init"))


def _name_the_values(actions: list[argparse.Action]) -> None:
    from ztcheck import catalogue

    for action in actions:
        field = catalogue.default().fields[action.dest]
        action.help = f"{field.question} {', '.join(field.values)}"


def _ask(commands: Any) -> None:
    parser = _add(
        commands,
        "ask",
        "answer what is still open, the most severe first",
        "Shows each open question with the evidence that was found, takes yes, partly,\n"
        "no or not applicable with a note, and saves after each answer: stop at any\n"
        "time and go on later. Open is what nobody answered, what lapsed, and what\n"
        "evidence contradicts.",
        "ztcheck ask\n"
        "ztcheck ask --topic credentials\n"
        "ztcheck ask --by Ann --answer replace-client-secrets=no\n"
        "ztcheck ask --by Ann --answer 'avoid-device-code-flow=partly: the label printers'",
        _codes(_0="answers saved, or nothing open", _2="wrong usage, or a mistake in the team's file",
               _3="ztcheck itself failed"),
    )  # fmt: skip
    _product(parser)
    parser.add_argument("--by", metavar="NAME", help="who answers (default: git's user.name, then asked)")
    parser.add_argument(
        "--answer",
        metavar="ID=WORD[: NOTE]",
        action="append",
        default=[],
        help="record this answer and ask nothing: yes, partly, no, not-applicable; may be repeated",
    )
    parser.add_argument("--link", metavar="URL", help="a web address to keep with each --answer")
    parser.add_argument("--topic", metavar="TOPIC", help="only practices of this topic")
    parser.add_argument("--practice", metavar="ID", action="append", default=[], help="only this practice, open or not")
    parser.add_argument("--all", action="store_true", help="every practice that applies, open or not")
    _findings(parser)
    _date(parser)
    _quiet(parser)
    parser.set_defaults(run=_command("ask"))


def _report(commands: Any) -> None:
    parser = _add(
        commands,
        "report",
        "assess the product, write the report, and hold the gate",
        "Reads the team's file, gathers the evidence that it declares, and gives one\n"
        "verdict per practice. The report goes to standard output or --output, a summary\n"
        "to standard error. The gate fails on every contradiction and on every open\n"
        "practice of the severity of --fail-on or above.",
        "ztcheck report\n"
        "ztcheck report --output report.html\n"
        "ztcheck report --format all --output reports\n"
        "ztcheck report --baseline reports/ztcheck-report.json --format markdown",
        EXIT_CODES + "  A report is written for 0, 1 and 3.\n",
    )
    _product(parser)
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        action="append",
        default=[],
        choices=[*FORMATS, "all"],
        help=f"{', '.join(FORMATS)} or all; may be repeated (default: by the ending of --output, else text)",
    )
    _output(parser, "a file, a folder (for more than one format), or - for standard output")
    parser.add_argument("--baseline", metavar="FILE", help="an earlier JSON report; the new one says what changed")
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="high",
        metavar="SEVERITY",
        help="lowest severity at which an open practice fails the gate: critical, high, medium, low (default: high)",
    )
    parser.add_argument("--no-waivers", action="store_true", help="show the truth: no waiver counts")
    parser.add_argument("--strict", action="store_true", help="expired and unused waivers are errors (exit code 2)")
    _findings(parser)
    _date(parser)
    _quiet(parser)
    parser.set_defaults(run=_command("report"))


def _scan(commands: Any) -> None:
    parser = _add(
        commands,
        "scan",
        "look through source code and print findings like a compiler",
        "Needs no team's file. Never runs what it reads.",
        "ztcheck scan\nztcheck scan src\nztcheck scan --history\nztcheck scan --format sarif --output ztcheck.sarif",
        _codes(_0="nothing refutes a practice", _1="at least one finding refutes a practice",
               _2="wrong usage", _3="the scan failed"),
    )  # fmt: skip
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the folder or file to scan (default: .)")
    parser.add_argument(
        "-f", "--format", choices=("text", "json", "sarif"), default="text", metavar="FORMAT",
        help="text, json (a findings file) or sarif (default: text)",
    )  # fmt: skip
    _history(parser)
    _output(parser)
    _quiet(parser)
    parser.set_defaults(run=_command("scan"))


def _explain(commands: Any) -> None:
    parser = _add(
        commands,
        "explain",
        "tell everything about a practice, and every path that belongs to it",
        "Takes the id of a practice or of a check.",
        "ztcheck explain validate-token-audience",
        _codes(_0="printed", _2="no such practice"),
    )
    parser.add_argument("practice", metavar="PRACTICE", help="the id of a practice or of a check")
    parser.set_defaults(run=_command("show", "explain"))


def _snippet(commands: Any) -> None:
    parser = _add(
        commands,
        "snippet",
        "print a vetted snippet, exactly as it is tested",
        "Without a name, lists them.",
        "ztcheck snippet\nztcheck snippet verify_access_token > verify_access_token.py",
        _codes(_0="printed", _2="no such snippet"),
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of a snippet")
    _output(parser)
    parser.set_defaults(run=_command("show", "snippet"))


def _list(commands: Any) -> None:
    parser = _add(
        commands,
        "list",
        "list the practices of the catalogue",
        "Filters narrow each other down; one that is given twice takes either value.",
        "ztcheck list --severity critical\n"
        "ztcheck list --team zero-trust.yml --topic tokens\n"
        "ztcheck list --format json --output practices.json",
        _codes(_0="printed, even if nothing matches", _2="wrong usage, or a mistake in the team's file"),
    )
    parser.add_argument("--topic", action="append", metavar="TOPIC", help="a topic's id")
    parser.add_argument(
        "--severity", action="append", choices=SEVERITIES, metavar="SEVERITY", help="critical, high, medium or low"
    )
    parser.add_argument(
        "--layer", action="append", choices=("app", "delivery", "organization"), metavar="LAYER",
        help="app, delivery or organization",
    )  # fmt: skip
    parser.add_argument("--standard", action="append", metavar="ID", help="mapped to this standard, by its id")
    parser.add_argument("--team", metavar="FILE", help="only what applies to the profile in this team's file")
    parser.add_argument(
        "-f", "--format", choices=("text", "json", "csv"), default="text", metavar="FORMAT",
        help="text, json or csv (default: text)",
    )  # fmt: skip
    _output(parser)
    parser.set_defaults(run=_command("show", "list_practices"))


def _schema(commands: Any) -> None:
    parser = _add(
        commands,
        "schema",
        "print a JSON Schema",
        "team: the team's file, for editors. report: the JSON report. findings: a\nfindings file.",
        "ztcheck schema > zero-trust.schema.json\nztcheck schema report",
        _codes(_0="printed", _2="wrong usage"),
    )
    parser.add_argument(
        "which", nargs="?", choices=("team", "report", "findings"), default="team", metavar="WHICH",
        help="team, report or findings (default: team)",
    )  # fmt: skip
    _output(parser)
    parser.set_defaults(run=_command("show", "schema"))


def _authority(commands: Any) -> None:
    parser = commands.add_parser(
        "authority",
        help="run a local Entra ID to test your app against",
        description="Run a local Entra ID to test your app against.\n\nNeeds: pip install 'ztcheck[authority]'",
        add_help=False,
        prefix_chars="\0",  # every word, --help too, goes on to the authority's own parser
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="see: ztcheck authority --help")
    parser.set_defaults(run=_command("authority"))


def _completion(commands: Any) -> None:
    parser = _add(
        commands,
        "completion",
        "print the completion script of a shell",
        "Write it where your shell looks for completions.",
        "ztcheck completion bash > ~/.local/share/bash-completion/completions/ztcheck\n"
        "ztcheck completion zsh > ~/.zfunc/_ztcheck",
        _codes(_0="printed", _2="wrong usage"),
    )
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    parser.set_defaults(run=_command("show", "completion"))
