"""Reading files that may be hostile, and writing files that are whole or not there at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from ztcheck.errors import InputError, Problem

MEBIBYTE = 1024 * 1024


def read_bytes(path: Path, limit: int, shown: str | None = None) -> bytes:
    """Return the content of the regular file *path*, of at most *limit* bytes; errors name it *shown*.

    Raises InputError when it does not exist, is no regular file, is too large, or cannot be read.
    """
    name = shown or str(path)
    try:
        # Opening a pipe would wait for a writer for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "a directory" if path.is_dir() else "not a regular file"
            raise InputError(Problem(f"is {kind}, expected a file", name))
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except FileNotFoundError:
        raise InputError(Problem("does not exist", name)) from None
    except (OSError, ValueError) as error:
        raise InputError(Problem(f"cannot be read: {_reason(error)}", name)) from error
    if len(raw) > limit:
        raise InputError(Problem(f"is larger than {limit // 1024} KiB", name, help="name the right file"))
    return raw


def write_atomic(path: Path, content: bytes) -> None:
    """Write *content* to *path* so that a reader sees the old file or the new one, never a part.

    Permissions of an existing file are kept, and a symbolic link keeps pointing to its target.
    Raises InputError when the file is read-only or its folder cannot be written.
    """
    target = path.resolve() if path.is_symlink() else path
    name = str(path)
    temporary: str | None = None
    try:
        mode = _mode_of(target, name)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise InputError(
            Problem(f"cannot be written: {_reason(error)}", name, help="choose a folder that you may write to")
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _mode_of(target: Path, name: str) -> int:
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        return 0o666 & ~_umask()
    if not stat.S_ISREG(found):
        raise InputError(Problem("is not a regular file, so it is not overwritten", name))
    # A replace needs no permission on the file itself; a file marked read-only is meant to stay.
    if not found & 0o222:
        raise InputError(Problem("is read-only", name, help="make it writable first"))
    return stat.S_IMODE(found)


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
