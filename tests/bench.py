"""Measure what we promise about speed, as ratios within one run.

    python3 dev.py bench [--only WORD]

Each row holds CPU time (user and system, of the process and its children), the best of several runs taken in turn with
what it is compared with, because a machine's speed drifts. Exit code 1 if a row misses its target.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "snippets")]

from dev import SITE_ENVIRONMENT  # noqa: E402 - run as a script, this file finds the project itself
from ztcheck import catalogue  # noqa: E402

ZTCHECK = Path(sys.executable).with_name("ztcheck")
Work = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: the CPU seconds of *work*, at most *target* times those of *base*, or *target* seconds."""

    name: str
    work: Work
    target: float | None
    base: Work | None = None
    base_name: str = ""
    runs: int = 15


def children() -> float:
    """Return the CPU seconds of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


# What is installed has its byte code; a run that may not write it would compile everything each time.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
} | SITE_ENVIRONMENT


def process(*command: str | Path, cwd: Path | None = None, good: tuple[int, ...] = (0,)) -> Work:
    """Return what runs *command* and says how many CPU seconds it took.

    That raises RuntimeError if the exit code is not a *good* one.
    """

    def work() -> float:
        before = children()
        done = subprocess.run(
            list(map(str, command)), cwd=cwd, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=ENVIRONMENT,
        )  # fmt: skip
        if done.returncode not in good:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode()}")
        return children() - before

    return work


def inside(function: Callable[[], object]) -> Work:
    """Return what calls *function* in this process and says how many CPU seconds it took."""

    def work() -> float:
        before = time.process_time()
        function()
        return time.process_time() - before

    return work


def parse_catalogue() -> None:
    """Read every TOML file that the catalogue is loaded from, and nothing more."""
    for path in (catalogue.FOLDER / "catalogue.toml", *sorted((catalogue.FOLDER / "practices").glob("*.toml"))):
        tomllib.loads(path.read_bytes().decode())


def product(folder: Path) -> Path:
    """Write a team's file that claims every kind of app and answers every practice; return *folder*."""
    loaded = catalogue.load()
    lines = ["version: 1", "app: {name: Contoso Orders, owner: Ana}", "profile:"]
    for field in loaded.profile:
        values = [value for value in field.values if value != "none"]
        lines.append(f"  {field.id}: [{', '.join(values)}]" if field.multiple else f"  {field.id}: {values[0]}")
    lines.append("answers:")
    for number, practice in enumerate(loaded.practices):
        word = ("yes", "yes", "yes", "partly", "no")[number % 5]
        lines.append(f"  {practice.id}: {{answer: {word}, by: Ana, on: 2026-11-16, note: reviewed}}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zero-trust.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def report(folder: Path) -> Work:
    """Return what writes the report of `product` in every format. The gate may fail."""
    options = ("--format", "all", "--output", folder / "out", "--date", "2026-11-23")
    return process(ZTCHECK, "report", *options, product(folder), cwd=folder, good=(0, 1))


SCRATCH = tempfile.TemporaryDirectory(prefix="bench-")


def token_checks() -> tuple[Work, Work]:
    """Return 300 verifications of one token by the validator of the snippets, and 300 by PyJWT with the key in hand."""
    import jwt

    from signing_keys import KeySet, SigningKey, SigningKeys
    from tests.snippets import issuer
    from verify_access_token import AccessTokenValidator

    real = issuer.SigningKey.generate("today")
    public = jwt.PyJWK(real.jwk(), "RS256")
    cache = SigningKeys(f"{issuer.PUBLIC}/common/discovery/v2.0/keys")
    cache._known = KeySet({real.kid: SigningKey(public, real.jwk()["issuer"])}, time.monotonic())
    validator = AccessTokenValidator(issuer.API, {issuer.TENANT}, cache)
    token = real.token()
    settings: dict[str, Any] = {
        "algorithms": ["RS256"],
        "audience": issuer.API,
        "issuer": f"{issuer.PUBLIC}/{issuer.TENANT}/v2.0",
        "options": {"require": ["exp", "iat", "nbf", "iss", "aud", "sub", "tid", "azp"], "strict_aud": True},
    }

    def ours() -> None:
        for _ in range(300):
            validator.verify(token)

    def theirs() -> None:
        for _ in range(300):
            jwt.decode(token, public, **settings)

    return inside(ours), inside(theirs)


def authority() -> tuple[Work, Work]:
    """Return a start and stop of the local Entra ID with new signing keys, and 100 access tokens by it."""
    from ztcheck.authority import Entra, keys

    entra = Entra(cloud="public")
    tenant = entra.tenant("contoso")
    api, user = tenant.register("orders-api", scopes=["Orders.Read"]), tenant.user("ana")

    def start() -> None:
        keys._made.clear()
        with Entra():
            pass

    def mint() -> None:
        for _ in range(100):
            entra.mint(api, user=user, scopes=["Orders.Read"])

    return inside(start), inside(mint)


BARE = process(sys.executable, "-c", "pass")
VALIDATOR, PYJWT = token_checks()
START, MINT = authority()
ROWS = (
    Row("ztcheck --version", process(ZTCHECK, "--version"), 1.3, BARE, "python -c pass"),
    Row("ztcheck --help", process(ZTCHECK, "--help"), 5, BARE, "python -c pass"),
    Row("catalogue.load()", inside(catalogue.load), 2, inside(parse_catalogue), "tomllib alone"),
    Row("ztcheck report --format all", report(Path(SCRATCH.name)), 0.7),
    Row("verify_access_token x 300", VALIDATOR, 1.3, PYJWT, "jwt.decode, key in hand"),
    Row("local Entra ID: start", START, 0.3),
    Row("local Entra ID: mint x 100", MINT, 0.3),
    Row("site build", process(sys.executable, "-m", "mkdocs", "build", "--strict", cwd=ROOT), None, runs=2),
)


def measure(row: Row) -> tuple[float, float | None]:
    """Return the best CPU seconds of the row and of what it is compared with, run in turn."""
    times, base_times = [], []
    for _ in range(row.runs):
        if row.base:
            base_times.append(row.base())
        times.append(row.work())
    return min(times), min(base_times) if base_times else None


def main(argv: list[str]) -> int:
    """Measure the rows that *argv* chooses, print them as a Markdown table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure what we promise about speed.")
    parser.add_argument("--only", default="", metavar="WORD", help="rows with WORD in their name")
    arguments = parser.parse_args(argv)
    chosen = [row for row in ROWS if arguments.only in row.name]
    missed = 0
    print("| what | CPU ms | compared with | CPU ms | ratio | at most | |\n|---|---|---|---|---|---|---|")
    for row in chosen:
        seconds, base = measure(row)
        value = seconds / base if base else seconds
        good = row.target is None or value <= row.target
        missed += not good
        against = [row.base_name, f"{base * 1000:.1f}", f"{value:.2f}"] if base else ["", "", ""]
        target = "" if row.target is None else f"{row.target} {'x' if base else 's'}"
        verdict = "" if row.target is None else "ok" if good else "MISSED"
        print("| " + " | ".join([row.name, f"{seconds * 1000:.1f}", *against, target, verdict]) + " |", flush=True)
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
