"""Dotted words as a tree: which words are leaves, and what each word holds."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["groups", "leaves", "members"]


def leaves(words: Sequence[str]) -> tuple[str, ...]:
    """The words with no word below them, in their order.

    >>> leaves(["dining", "travel", "travel.air", "travel.hotel"])
    ('dining', 'travel.air', 'travel.hotel')
    """
    return tuple(word for word in words if not any(other.startswith(f"{word}.") for other in words))


def members(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What each word holds: itself and the words below it, in their order.

    >>> members(["dining", "travel", "travel.air"])["travel"]
    ('travel', 'travel.air')
    """
    return {word: tuple(w for w in words if w == word or w.startswith(f"{word}.")) for word in words}


def groups(words: Sequence[str]) -> tuple[str, ...]:
    """The words with words below them, in their order.

    >>> groups(["dining", "travel", "travel.air"])
    ('travel',)
    """
    return tuple(word for word, held in members(words).items() if len(held) > 1)
