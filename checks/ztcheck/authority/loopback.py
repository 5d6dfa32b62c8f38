"""Run code unchanged, production host names and all, against the local Entra ID; every other address is refused.

    with Entra(cloud="public") as entra:
        done = run_snippet("snippets/client_credentials.py", ["--tenant", "contoso"], {"SECRET": "…"}, entra=entra)
        assert done.returncode == 0, done.stderr

        with loopback(entra):                    # the same for code in this process
            httpx.get("https://graph.microsoft.com/v1.0/me", headers=…)

The map covers Python's sockets: requests, urllib3, urllib, httpx, asyncio, aiohttp. It does not reach native resolvers
(uvloop, c-ares, gRPC), programs that are not Python, or ``python -I`` and ``-S``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck.authority import fence

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def environment(entra: Entra, folder: Path) -> dict[str, str]:
    """Return the environment that puts a Python child process behind the map.

    Writes ``sitecustomize.py`` into *folder*, which the child needs as long as it starts.
    """
    source = Path(fence.__file__).read_text(encoding="utf-8")
    (folder / "sitecustomize.py").write_text(f"{source}\n\nfence_for_good()\n", encoding="utf-8")
    mapped = ",".join(f"{host}={port}" for host, port in entra.loopback_map().items())
    return {"LOOPBACK_MAP": mapped, "PYTHONPATH": str(folder), **_trust(entra)}


def _trust(entra: Entra) -> dict[str, str]:
    ca = str(entra.ca_file)
    return {"REQUESTS_CA_BUNDLE": ca, "CURL_CA_BUNDLE": ca, "SSL_CERT_FILE": ca}


def run_snippet(
    path: str | Path,
    args: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    *,
    entra: Entra,
    cwd: str | Path | None = None,
    timeout: float = 60,
    stdin: str | None = None,
    python: str = sys.executable,
) -> subprocess.CompletedProcess[str]:
    """Run the script *path* with *args* in a child process behind the map; *env* adds to a bare environment.

    HOME is an empty folder, so that nothing of this machine's sign-ins leaks in. Raises `subprocess.TimeoutExpired`.
    """
    with tempfile.TemporaryDirectory(prefix="ztcheck-snippet-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        (folder / "site").mkdir()
        whole = {key: os.environ[key] for key in KEPT if key in os.environ}
        whole |= {"HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1", **environment(entra, folder / "site")}
        extra = dict(env or {})
        if "PYTHONPATH" in extra:
            extra["PYTHONPATH"] = os.pathsep.join([whole["PYTHONPATH"], extra["PYTHONPATH"]])
        return subprocess.run(  # noqa: S603 - the caller's own script
            [python, str(Path(path).resolve()), *args],
            env=whole | extra,
            cwd=cwd or folder / "home",
            timeout=timeout,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def loopback(entra: Entra) -> Iterator[None]:
    """Map the host names, and trust the test CA, in this process for a while."""
    changed = {**_trust(entra)}
    before = {name: os.environ.get(name) for name in changed}
    proxies = {name: os.environ.pop(name) for name in list(os.environ) if name.lower() in PROXIES}
    undo = fence.install(entra.loopback_map())
    os.environ.update(changed)
    try:
        yield
    finally:
        undo()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        os.environ.update(proxies)
