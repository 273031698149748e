"""Which of some languages is nearest to another."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(locales: Iterable[str], language: str, *, fallback: str | None = None) -> str | None:
    """The locale for a language: itself, its base language, or that of the fallback; None where there is none.

    >>> nearest(["en", "de"], "de-AT"), nearest(["en", "de"], "fr"), nearest(["en", "de"], "fr", fallback="en")
    ('de', None, 'en')
    """
    known = set(locales)
    for wanted in (language, language.partition("-")[0]):
        if wanted in known:
            return wanted
    return nearest(known, fallback) if fallback is not None and fallback != language else None
