"""Makes text from outside harmless to show, once for all formats: nothing invisible, nothing that steers a terminal.

Control characters (ECMA-48) could move a terminal's cursor or be forbidden in XML; bidirectional controls can make
text read otherwise than it is (CVE-2021-42574); lone surrogates cannot be encoded. Each becomes its escape, visibly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ztcheck.catalogue import Practice

T = TypeVar("T")

LONGEST = 10_000
"""Characters of one string that a report shows."""

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    """Return *text* with what cannot be shown safely as its escape, cut after LONGEST characters."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … ({len(text) - LONGEST} characters left out)"
    text = text.replace("\r\n", "\n")
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def clean(value: T) -> T:
    """Return a copy of *value* (dataclasses, tuples, mappings of strings) with every string made safe to show.

    A practice comes from the catalogue, not from outside, and stays as it is.
    """
    cleaned: T = _clean(value)
    return cleaned


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, tuple):
        return tuple(_clean(item) for item in value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, (type, Practice)):
        return replace(value, **{field.name: _clean(getattr(value, field.name)) for field in fields(value)})
    return value
