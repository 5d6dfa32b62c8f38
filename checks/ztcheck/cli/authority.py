"""`ztcheck authority`: hands over to the local Entra ID, which is an extra."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ztcheck.errors import InputError, Problem

if TYPE_CHECKING:
    import argparse

NEEDS = ("joserfc", "trustme")


def run(args: argparse.Namespace) -> int:
    """Run the command; its own arguments are the authority's."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise InputError(
            Problem(
                f"the local Entra ID needs {' and '.join(missing)}, which this installation lacks",
                help="pip install 'ztcheck[authority]'",
            )
        )
    result: int = import_module("ztcheck.authority.__main__").main(args.rest)
    return result
