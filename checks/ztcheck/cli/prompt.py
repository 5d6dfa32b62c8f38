"""Questions in a terminal. Everything that is asked goes through here; stopping raises KeyboardInterrupt."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from questionary import Style


def possible() -> bool:
    """Return whether there is a terminal that a person can be asked in."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _style() -> Style:
    from questionary import Style

    if os.environ.get("NO_COLOR"):
        os.environ["PROMPT_TOOLKIT_COLOR_DEPTH"] = "DEPTH_1_BIT"
        return Style([])
    return Style([("qmark", "fg:ansicyan"), ("answer", "fg:ansicyan"), ("selected", "noreverse"),
                  ("highlighted", "bold")])  # fmt: skip


def text(question: str, wrong: Callable[[str], str | None], default: str = "", optional: bool = False) -> str:
    """Ask for a line of text. Enter alone takes *default*; *wrong* returns what is wrong with a text, or None."""
    import questionary

    def valid(value: str) -> bool | str:
        taken = value.strip() or default
        if not taken:
            return optional or "write something"
        return wrong(taken) or True

    hint = f" [{default}]" if default else " [Enter for none]" if optional else ""
    answer = questionary.text(f"{question}{hint}", validate=valid, style=_style()).unsafe_ask()
    return str(answer).strip() or default


def one(
    question: str, choices: Mapping[str, str], default: str | None = None, keys: Mapping[str, str] | None = None
) -> str:
    """Ask for one of *choices* (value to what is shown); *keys* maps values to the key that picks them."""
    import questionary

    items = [questionary.Choice(shown, value, shortcut_key=(keys or {}).get(value)) for value, shown in choices.items()]
    return str(
        questionary.select(
            question, items, default=default, style=_style(), use_shortcuts=bool(keys), use_jk_keys=False,
            instruction="(arrow keys or a letter, then Enter)" if keys else "(arrow keys, then Enter)",
        ).unsafe_ask()
    )  # fmt: skip


def several(question: str, choices: Mapping[str, str], chosen: Sequence[str], alone: str | None) -> list[str]:
    """Ask for one or more of *choices*; *alone* excludes the others, and Enter without a choice means it."""
    import questionary

    def valid(values: Any) -> bool | str:
        if not values and not alone:
            return "choose at least one with the space bar"
        if alone in values and len(values) > 1:
            return f"'{alone}' excludes the others"
        return True

    items = [
        questionary.Choice(shown, value, checked=value in chosen and value != alone) for value, shown in choices.items()
    ]
    hint = f", Enter when done or for {alone})" if alone else ", Enter when done)"
    answer = questionary.checkbox(
        question, items, validate=valid, style=_style(), use_jk_keys=False, instruction=f"(space bar to choose{hint}"
    ).unsafe_ask()
    return [str(value) for value in answer] or [str(alone)]
