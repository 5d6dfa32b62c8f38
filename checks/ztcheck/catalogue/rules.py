"""When a practice applies: the expression language over profile answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Rule:
    """One expression: a comparison (*field*, *values*) or ``any``, ``all``, ``not`` over *parts*."""

    op: str
    field: str = ""
    values: tuple[str, ...] = ()
    parts: tuple[Rule, ...] = ()

    def holds(self, profile: Mapping[str, tuple[str, ...]]) -> bool:
        """Return whether the expression is true for *profile* (field id to chosen values)."""
        match self.op:
            case "is":
                return not set(profile.get(self.field, ())).isdisjoint(self.values)
            case "not":
                return not self.parts[0].holds(profile)
            case "any":
                return any(part.holds(profile) for part in self.parts)
            case _:
                return all(part.holds(profile) for part in self.parts)

    def first_false(self, profile: Mapping[str, tuple[str, ...]]) -> Rule | None:
        """Return the first part that makes the expression false, or None when it holds."""
        if self.holds(profile):
            return None
        if self.op == "all":
            return next(part for part in self.parts if not part.holds(profile)).first_false(profile)
        return self

    def fields(self) -> Iterator[str]:
        """Yield every profile field that the expression reads."""
        if self.op == "is":
            yield self.field
        for part in self.parts:
            yield from part.fields()

    def __str__(self) -> str:
        match self.op:
            case "is":
                return f"{self.field} is {' or '.join(self.values)}"
            case "not" if self.parts[0].op == "is":
                return f"{self.parts[0].field} is not {' or '.join(self.parts[0].values)}"
            case "not":
                return f"not ({self.parts[0]})"
            case "any":
                return " or ".join(f"({part})" if part.parts else str(part) for part in self.parts)
            case _:
                return " and ".join(f"({part})" if part.parts else str(part) for part in self.parts)


ALWAYS = Rule("all")


def parse_rule(raw: Any, fields: Mapping[str, tuple[str, ...]]) -> Rule:
    """Turn the TOML form of an expression into a Rule.

    *fields* maps each profile field to its possible values. Raises ValueError with the fault.
    """
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ValueError(f"not an expression: {raw!r} (one of {{FIELD = [values]}}, any, all, not)")
    [(key, value)] = raw.items()
    if key == "not":
        return Rule("not", parts=(parse_rule(value, fields),))
    if key in ("any", "all"):
        if not isinstance(value, list) or len(value) < 2:
            raise ValueError(f"'{key}' needs a list of two or more expressions")
        return Rule(key, parts=tuple(parse_rule(part, fields) for part in value))
    if key not in fields:
        raise ValueError(f"unknown profile field '{key}'")
    if not isinstance(value, list) or not value:
        raise ValueError(f"'{key}' needs a list of values")
    for word in value:
        if word not in fields[key]:
            raise ValueError(f"'{word}' is not a value of profile field '{key}'")
    return Rule("is", field=key, values=tuple(value))
