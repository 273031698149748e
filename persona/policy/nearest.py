"""The known word that a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

__all__ = ["known_words"]

MAX_WORDS = 20
"""Told of a list of known words; a longer one is left out where the nearest is told."""


def known_words(name: str, known: Collection[str], *, plural: str) -> str:
    """The hint for a word that is not known: the nearest one, and those that are."""
    near = get_close_matches(name.lower(), sorted(known), n=1) or get_close_matches(name, sorted(known), n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    told = sorted(known)
    if near and len(told) > MAX_WORDS:
        return f"Did you mean {near[0]!r}?"
    more = f", and {len(told) - MAX_WORDS} more" if len(told) > MAX_WORDS else ""
    return f"{meant}{plural}: {', '.join(told[:MAX_WORDS]) or 'none'}{more}."
