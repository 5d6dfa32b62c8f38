"""The command `ztcheck`: arguments, files, printing, exit codes. One module per command; nothing else prints.

Exit codes, the first that holds: 2 wrong usage or bad input file, 3 a collector or the tool itself failed,
1 the gate failed, 0 passed. (130: stopped by Ctrl-C; 141: the reader of the output went away.)
"""

from __future__ import annotations

import os
import sys

from ztcheck import __version__

TYPE_CHECKING = False  # importing typing would cost a quarter of what `--version` may
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
PIPE_CLOSED = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv* (default: the process's) and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words in (["--version"], ["-V"]):
            print(f"ztcheck {__version__}")
            code = 0
        else:
            code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit, which would fail again and say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    return code


def _run(words: list[str]) -> int:
    from ztcheck.cli.parser import build
    from ztcheck.errors import Problem, ZtcheckError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A report must survive a pipe, whatever the machine's code page is; a terminal keeps its own.
            stream.reconfigure(errors="backslashreplace", **({} if stream.isatty() else {"encoding": "utf-8"}))
    try:
        args = build().parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        result: int = args.run(args)
    except ZtcheckError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return error.exit_code
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if os.environ.get("ZTCHECK_TRACEBACK"):
            raise
        print(
            Problem(
                f"ztcheck itself failed: {type(error).__name__}: {error}",
                help="set ZTCHECK_TRACEBACK=1, run it again, and report what it prints",
                url="https://github.com/zero-trust-for-developers/ztcheck/issues",
            ),
            file=sys.stderr,
        )
        return 3
    return result
