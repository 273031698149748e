"""Whether two words are spelt nearly alike: the same but for case and signs, or one letter apart."""

from __future__ import annotations

__all__ = ["is_near"]

_SHORT = 5
"""Shorter words differ by a letter without being slips of one another."""


def is_near(one: str, other: str) -> bool:
    """Whether one word may be a slip for the other.

    >>> is_near("Accept", "Accepted"), is_near("CARD", "card "), is_near("GB", "GE"), is_near("branch", "brnach")
    (True, True, False, True)
    """
    a, b = ("".join(filter(str.isalnum, word.casefold())) for word in (one, other))
    if a == b:
        return one != other
    if min(len(a), len(b)) < _SHORT or a.isdigit() or b.isdigit():
        return False
    if a.startswith(b) or b.startswith(a):
        return abs(len(a) - len(b)) <= len("ed")
    return _is_one_apart(a, b)


def _is_one_apart(a: str, b: str) -> bool:
    """Whether one letter was left out, put in or changed, or two neighbours changed places."""
    if len(a) > len(b):
        a, b = b, a
    at = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) == len(b):
        return a[at + 1 :] == b[at + 1 :] or (a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :])
    return len(b) - len(a) == 1 and a[at:] == b[at + 1 :]
