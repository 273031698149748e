"""Which of some languages is nearest to another, and which one is meant by a word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from babel import Locale, localedata

from persona.messages.filters import is_locale

__all__ = ["meant_by", "nearest"]


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


def meant_by(word: str) -> str | None:
    """The language that a word names, as it is written: the word itself where it is one; None where none is near.

    Source: Unicode CLDR as babel carries it.

    >>> [meant_by(word) for word in ("de-AT", "zh-TW", "de_AT", "DE", "German", "dee", "xx")]
    ['de-AT', 'zh-TW', 'de-AT', 'de', 'de', 'de', None]
    """
    known = {one.lower(): one for one in (name.replace("_", "-") for name in localedata.locale_identifiers())}
    low = word.lower().replace("_", "-")
    if low in known or is_locale(word):
        return known.get(low, word)
    by_name = {said.lower(): code.replace("_", "-") for code, said in Locale("en").languages.items()}
    alike = sorted(one for one in known if one[0] == low[:1])
    return by_name.get(low) or next((known[one] for one in get_close_matches(low, alike, n=1)), None)
