"""Every error persona raises, and the exit code cron sees.

PersonaError           1   a fault of ours: what the operator can mend has its own class
├── PolicyError        2   a file under rules/ or templates/, persona.yaml or the command line is wrong
│   └── PolicyErrors   2   all that is wrong with the policy, told at once
├── ExtractError       3   an extract cannot be accepted
├── ContractError      4   a table breaks its contract
├── ComplianceError    5   a decision or a message may not leave
├── WriteError         6   something could not be written or reconciled
└── LockError         75   another run holds the workspace

No message carries a customer's value: say the column, the line and the count.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches

SHOWN = 20
"""How many known words a message lists."""
MANY = 3
"""The same mistake in more places beside the first is told once, with so many of them."""
_VARYING = re.compile(r"[0-9]+|, not (?:'.*'|\S+)$", re.MULTILINE)


class PersonaError(Exception):
    """The root: raise one of its children, one for each remedy."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f"\n  {self.hint}" if self.hint else "")


class PolicyError(PersonaError):
    """A file under rules/ or templates/, persona.yaml or the command line is wrong."""

    exit_code = 2

    @classmethod
    def unknown(cls, kind: str, name: str, allowed: Collection[str], *, where: str) -> PolicyError:
        """Name the word that is not known, those that are, and the nearest."""
        near = get_close_matches(name, allowed, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        known = sorted(allowed)
        more = f", and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        shown = ", ".join(known[:SHOWN]) + more
        noun, *rest = re.split(r"(?= of | with )", kind, maxsplit=1)
        plural = "".join([f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s", *rest])
        return cls(f"unknown {kind} {name!r}", where=where, hint=f"{hint}{plural.capitalize()}: {shown or 'none'}.")


class PolicyErrors(PolicyError):  # noqa: N818 - many errors, told as one
    """All that is wrong with the policy, in the order of files and lines."""

    def __init__(self, errors: Sequence[PolicyError]) -> None:
        self.errors: tuple[PolicyError, ...] = tuple(errors)
        count = len(self.errors)
        super().__init__(f"{count} error{'s' if count != 1 else ''} in the policy")

    def __str__(self) -> str:
        told = []
        for first, *others in self._alike():
            many = len(others) >= MANY
            told += [str(one) for one in ([first] if many else [first, *others])]
            if many:
                places = ", ".join(one.where for one in others[:MANY])
                told.append(f"  The same in {len(others):,} more places: {places}{', ...' * (len(others) > MANY)}")
        return "\n".join([*told, f"{self.what}; nothing was run."])

    def _alike(self) -> list[list[PolicyError]]:
        """The errors by mistake, which is what is told but for numbers and the value that stands there."""
        found: dict[str, list[PolicyError]] = {}
        for error in self.errors:
            found.setdefault(_VARYING.sub("", f"{error.what}\n{error.hint}"), []).append(error)
        return list(found.values())


class ExtractError(PersonaError):
    """An extract cannot be accepted."""

    exit_code = 3


class ContractError(PersonaError):
    """A table breaks its contract."""

    exit_code = 4


class ComplianceError(PersonaError):
    """A decision or a message may not leave."""

    exit_code = 5


class WriteError(PersonaError):
    """Something could not be written or reconciled."""

    exit_code = 6


class LockError(PersonaError):
    """Another run holds the workspace."""

    exit_code = 75
