"""What an unquoted word of YAML is; a word that YAML's versions read differently is refused, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

__all__ = ["Scalar", "ambiguity", "plain"]

Scalar = str | int | bool | Decimal | None

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_WORDS = {"true": True, "false": False, "null": None, "": None}

_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i:y|n|yes|no|on|off|true|false)"), "true or false"),
    (re.compile(r"~|(?i:null)"), "nothing at all"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-9]{1,2})+(\.[0-9_]*)?"), "a number in base 60"),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F_]+"), "a hexadecimal number"),
    (re.compile(r"[-+]?0[bB][01_]+"), "a binary number"),
    (re.compile(r"[-+]?0[oO]?[0-9_]+"), "an octal number"),
    (re.compile(r"[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)[eE][-+]?[0-9]+"), "a number with an exponent"),
    (re.compile(r"[-+]?\.(?i:inf)|\.(?i:nan)"), "a number that is none"),
    (re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)"), "another number"),
    (re.compile(r"="), "a value of YAML 1.1"),
)
"""Each pattern with what some reader of YAML takes the word for; the first that fits is told."""


def plain(word: str) -> Scalar:
    """The value of an unquoted word: only true and false are booleans, 5.10 stays 5.10, a date stays text."""
    if word in _WORDS:
        return _WORDS[word]
    if _WHOLE.fullmatch(word):
        return int(word)
    return Decimal(word) if _DECIMAL.fullmatch(word) else word


def ambiguity(word: str) -> str | None:
    """What another reader would take the unquoted word for, where that differs from ours; else None."""
    if not isinstance(plain(word), str):
        return None
    return next((taken_for for pattern, taken_for in _TRAPS if pattern.fullmatch(word)), None)
