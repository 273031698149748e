"""Rates and amounts of money that are typed into a text of the template language, found as a reader would see them.

Counts, times and dates are none. Tags, entities and signs that nobody sees stand between no number and its unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from babel.numbers import get_currency_name

from persona.messages.filters import formats
from persona.policy.unseen import JOINTS, UNSEEN

__all__ = ["Claim", "claims"]

_GROUPS = r"|[ \u00a0\u202f]\d{3}(?!\d)"
_NUMBER = r"(?<!\d)(?<!\d[.,'’٫٬])(?>\d+(?:[.,'’٫٬]\d+%s)*)"
_TO = r"\s*(?:[-–—/]|\b(?:to|bis|and|und|or|oder)\b)\s*"
_PERCENT = r"[%％﹪٪]|(?i:per\s?cent|pct\b|prozent|pour\s?cent|por\s?cien?to|per\s?cento|procent|prosent|p\.\s?a\.)"
_PARTS = r"[‰‱]|(?i:basis\s?(?:point|punkt)|bps?\b)"
_MANY = r"(?i:k|tsd\.?|thousand|tausend|mio\.?|mrd\.?|m|bn|(?:mi|bi)lli(?:on|arde)\w*)"
_CODES = (
    "AED",
    "AUD",
    "CAD",
    "CHF",
    "CNY",
    "CZK",
    "DKK",
    "EUR",
    "GBP",
    "HUF",
    "INR",
    "JPY",
    "NOK",
    "PLN",
    "RON",
    "SEK",
    "USD",
)
_COINS = r"cents?|ct|centimes?|céntimos?|centesimi|pence|rappen|öre|øre"
_SIGNS = (*"$¢£¤¥֏؋৲৳฿៛﷼﹩＄￠￡￥￦", *map(chr, range(0x20A0, 0x20C1)))

_SLOT = "\ufffc"
"""What stands for a value among the words."""
_UNSEEN = f"[{JOINTS}{UNSEEN}]"
_JINJA = (
    rf"(?P<hidden>\{{\#.*?\#\}}|[a-zA-Z]+://[^\s\"'<>{{]*)|(?P<tags>\{{\{{.*?\}}\}}|\{{%.*?%\}})|(?P<unseen>{_UNSEEN})"
)
_INSIDE = r"(?>\{[{%].*?[%}]\}|[^<>])*"
_INLINE = rf"(?i:</?(?:a|abbr|b|em|font|i|small|span|strong|sub|sup|u)(?:\s{_INSIDE})?>)"
_STYLE = r"(?i:<!--.*?-->|<(?:mj-)?style[\s>].*?</(?:mj-)?style>)"
_TAG = rf"</?[!?A-Za-z]{_INSIDE}>"
_TEXT = re.compile(_JINJA, re.DOTALL)
_HTML = re.compile(
    rf"{_JINJA}|(?P<style>{_STYLE})|(?P<inline>{_INLINE})|(?P<tag>{_TAG})|(?P<entity>&[#\w]+;?)", re.DOTALL
)
_TOLD = re.compile(r"(?i)\s(?:alt|title)\s*=\s*(\"[^\"]*\"|'[^']*')")
_CONSTANT = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True, slots=True)
class Claim:
    """A rate or an amount as it is typed."""

    said: str
    kind: str
    """``rate``, ``money``, or ``other`` where no filter writes it so."""
    numbers: tuple[str, ...]
    """One, or both ends of a range."""
    at: int
    """Where it stands in the text."""


@lru_cache(maxsize=4_000)
def claims(source: str, locale: str, currency: str, *, is_html: bool) -> tuple[Claim, ...]:
    r"""The rates and amounts of money typed into a text of the template language, in their order.

    >>> [claim.said for claim in claims("15&nbsp;% for {{ n }} months, 5 minutes, &euro;20", "en", "EUR", is_html=True)]
    ['15\xa0%', '€20']
    """
    pieces = list(_words(source, 0, is_html=is_html))
    said = "".join(piece for piece, _, _ in pieces)
    places = [at + step * number for piece, at, step in pieces for number in range(len(piece))]
    found: dict[int, Claim] = {}
    for kind, pattern in _patterns(locale, currency):
        for match in pattern.finditer(said):
            parts = match.groupdict()
            numbers = tuple(parts[end] for end in ("first", "last") if parts[end])
            is_many = parts.get("many") is not None
            claim = Claim(match.group(), "other" if is_many else kind, numbers, places[match.start()])
            found.setdefault(match.start(), claim)
    return tuple(found[at] for at in sorted(found))


def _words(source: str, start: int, *, is_html: bool) -> Iterator[tuple[str, int, int]]:
    """What a reader sees, piece by piece, with its place in the source and how far each character moves it."""
    done = 0
    for match in (_HTML if is_html else _TEXT).finditer(source):
        yield source[done : match.start()], start + done, 1
        at, token, done = start + match.start(), match.group(), match.end()
        if match.lastgroup == "tags":
            yield from _of_jinja(token, at)
        elif match.lastgroup == "tag":
            yield " ", at, 0
            for told in _TOLD.finditer(token):
                yield from _words(told[1][1:-1], at + told.start(1) + 1, is_html=True)
                yield " ", at, 0
        elif match.lastgroup == "entity":
            yield unescape(token), at, 0
        elif match.lastgroup in ("hidden", "style"):
            yield " ", at, 0
    yield source[done:], start + done, 1


def _of_jinja(token: str, at: int) -> Iterator[tuple[str, int, int]]:
    """What a tag of the template language may print: a value, or constants; a condition prints nothing."""
    word = token[2:-2].strip("-+ \t\n").split(maxsplit=1)[:1]
    if word and word[0] in ("if", "endif"):
        return
    yield (" " if word and word[0] in ("else", "elif") else _SLOT), at, 0
    if not word or word[0] not in ("elif", "include"):
        for constant in _CONSTANT.finditer(token):
            yield constant.group()[1:-1], at + constant.start() + 1, 1
            yield _SLOT, at, 0


@lru_cache(maxsize=200)
def _patterns(locale: str, currency: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The kinds of claims with the pattern of each, as people write them in a language; ours before others."""
    words = formats(locale, currency)
    number = _NUMBER % (_GROUPS if words.separator.isspace() else "")
    sign = str(words.locale.currency_symbols.get(currency, currency))
    names = {get_currency_name(currency, count, locale=words.locale) for count in (None, 1, 2, 5)}
    own = _units({sign, currency, *(set(sign) & {*_SIGNS})}, names | {name.split()[-1] for name in names})
    others = _units({*_SIGNS, *_CODES}, {"euro", "euros", "dollar", "dollars"})
    parts = f"{_PARTS}|(?<!\\w)(?i:{_COINS})\\b"
    made = [("rate", _after(number, _PERCENT))]
    if re.search(_PERCENT, words.rates.before[0]):
        made.append(("rate", _before(number, "[%％٪]")))
    made += [("other", _after(number, parts))]
    for kind, units in (("money", own), ("other", others)):
        made += [(kind, _after(number, units)), (kind, _before(number, units))]
    return tuple((kind, re.compile(pattern)) for kind, pattern in made)


def _units(signs: set[str], names: set[str]) -> str:
    """Signs and codes as they are, names in any letters; what has letters is no part of a word."""
    lettered = {one for one in signs if one[0].isalpha() or one[-1].isalpha()}
    exact, spelt, bare = (_any_of(some) for some in (lettered, names, signs - lettered))
    word = rf"(?<![^\W\d])(?:{exact}|(?i:{spelt}))(?![^\W\d])" if exact else rf"(?<![^\W\d])(?i:{spelt})(?![^\W\d])"
    return f"{word}|{bare}" if bare else word


def _any_of(some: set[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(some, key=lambda one: (-len(one), one)))


def _after(number: str, unit: str) -> str:
    return rf"(?:(?P<first>{number}){_TO})?(?P<last>{number})[\s-]*(?:(?P<many>{_MANY})\s*)?(?:{unit})"


def _before(number: str, unit: str) -> str:
    """The unit right before a number; with a blank between only where the unit belongs to none before it."""
    apart = rf"(?<![\d{_SLOT}])(?<![\d{_SLOT}]\s)(?:{unit})\s+"
    return rf"(?:{apart}|(?:{unit}))(?P<first>{number})(?:{_TO}(?P<last>{number}))?(?:\s?(?P<many>{_MANY})\b)?"
