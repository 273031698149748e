"""How a value is written in a language: exact from integers, by the patterns of Unicode's locale data.

Money is whole minor units, a rate is whole millionths, a date is a date. The data are read once per locale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern

from persona.money import minor_digits

__all__ = ["FILTERS", "RATE_UNIT", "Formats", "Pattern", "formats", "is_locale"]

RATE_UNIT = 1_000_000
"""A rate of 1 (100 %) in whole millionths."""

_RATE_DIGITS = 4
"""Digits of a per cent that a millionth can tell."""

_PLAIN_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2019": "'", "\u2212": "-"})
"""Signs of number formats that would turn an SMS from GSM-7 into UCS-2, at less than half the length."""

_ZEROS: Mapping[str, int] = {
    "adlm": 0x1E950,
    "arab": 0x660,
    "arabext": 0x6F0,
    "beng": 0x9E6,
    "cakm": 0x11136,
    "deva": 0x966,
    "hmnp": 0x1E140,
    "mtei": 0xABF0,
    "mymr": 0x1040,
    "nkoo": 0x7C0,
    "olck": 0x1C50,
    "tibt": 0xF20,
}
"""The zero of each system of digits that is some language's own. Source: Unicode CLDR, numberingSystems."""

_SIGNS: Mapping[str, str] = {"-": "minusSign", "%": "percentSign"}
"""The signs of patterns that are others beside such digits."""

FILTERS: Mapping[str, frozenset[str]] = {
    "money": frozenset({"money"}),
    "money_short": frozenset({"money"}),
    "rate": frozenset({"rate"}),
    "day": frozenset({"date"}),
    "day_long": frozenset({"date"}),
    "number": frozenset({"integer", "points"}),
    "points": frozenset({"integer", "points"}),
    "upper": frozenset({"text"}),
    "lower": frozenset({"text"}),
    "capitalize": frozenset({"text"}),
}
"""Each filter and the types of slots that it takes."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A number pattern: what stands around the digits of a positive and of a negative number."""

    before: tuple[str, str]
    after: tuple[str, str]
    groups: tuple[int, int]
    """Digits of the last group, and of those before it."""


@dataclass(frozen=True)
class Formats:
    """The formats of one language for one currency."""

    locale: Locale
    digits: int
    """Digits of the currency after the point."""
    point: str
    separator: str
    numbers: Pattern
    amounts: Pattern
    rates: Pattern
    is_plain: bool
    """Whether signs that no SMS alphabet has are replaced by plain ones."""
    numerals: str = "0123456789"
    """The digits of the language, from zero on."""

    def money(self, value: int) -> str:
        """An amount of minor units with all its digits."""
        whole, rest = divmod(abs(value), 10**self.digits)
        decimals = f"{rest:0{self.digits}d}" if self.digits else ""
        return self._written(self.amounts, whole, decimals, value < 0)

    def money_short(self, value: int) -> str:
        """An amount of minor units, without decimals where they are zero."""
        whole, rest = divmod(abs(value), 10**self.digits)
        return self.money(value) if rest else self._written(self.amounts, whole, "", value < 0)

    def rate(self, value: int) -> str:
        """A rate of millionths as a per cent: no decimals where it is whole, otherwise two, or as many as it has."""
        whole, rest = divmod(abs(value), RATE_UNIT // 100)
        decimals = f"{rest:0{_RATE_DIGITS}d}".rstrip("0")
        return self._written(self.rates, whole, decimals.ljust(2, "0") if decimals else "", value < 0)

    def number(self, value: int) -> str:
        """A whole number with its groups of digits."""
        return self._written(self.numbers, abs(value), "", value < 0)

    def points(self, value: int) -> str:
        """Points: a whole number, whose unit the text names."""
        return self.number(value)

    def day(self, value: date) -> str:
        """A date in short."""
        return self.plain(self.own_digits(_day(value, "medium", self.locale)))

    def day_long(self, value: date) -> str:
        """A date with its month in words."""
        return self.plain(self.own_digits(_day(value, "long", self.locale)))

    def upper(self, value: str) -> str:
        """A text in capitals."""
        return value.upper()

    def lower(self, value: str) -> str:
        """A text in small letters."""
        return value.lower()

    def capitalize(self, value: str) -> str:
        """A text with its first letter a capital, the others as they are."""
        return value[:1].upper() + value[1:]

    @property
    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters that a template may use, by name."""
        return {name: getattr(self, name) for name in FILTERS}

    def _written(self, pattern: Pattern, whole: int, decimals: str, is_negative: bool) -> str:  # noqa: FBT001 - picks
        figure = _grouped(str(whole), self.separator, pattern.groups)
        number = self.own_digits(f"{figure}{self.point}{decimals}" if decimals else figure)
        return self.plain(f"{pattern.before[is_negative]}{number}{pattern.after[is_negative]}")

    def own_digits(self, text: str) -> str:
        """A text with its digits as the language writes them."""
        return text if self.numerals[0] == "0" else text.translate(str.maketrans("0123456789", self.numerals))

    def plain(self, text: str) -> str:
        """A text without the signs that no SMS alphabet has, where they are replaced."""
        return text.translate(_PLAIN_SPACES) if self.is_plain else text


@lru_cache(maxsize=10_000)
def _day(value: date, width: str, locale: Locale) -> str:
    return str(format_date(value, format=width, locale=locale))


def _grouped(digits: str, separator: str, groups: tuple[int, int]) -> str:
    """The digits in groups from the right; the last group may be of another size, as in 12,34,567."""
    last, other = groups
    head, tail = digits[:-last], digits[-last:]
    pieces = [tail]
    while head:
        pieces.append(head[-other:])
        head = head[:-other]
    return separator.join(reversed(pieces))


def is_locale(name: str) -> bool:
    """Whether there are data for a language such as en or de-AT."""
    try:
        Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


@lru_cache(maxsize=200)
def formats(name: str, currency: str, *, is_plain: bool = False) -> Formats:
    """The formats of a language such as en or de-AT for a currency.

    Raises: ValueError where there are no data for the language.
    Source: Unicode CLDR as babel carries it. Digits, minus and per cent are those that it names first for the language,
    where babel would write Latin ones; a currency in letters keeps a space from the digits (UTS 35, part 3, currency
    spacing), which babel leaves out.
    """
    try:
        locale = Locale.parse(name, sep="-")
    except UnknownLocaleError as error:
        raise ValueError(f"no locale data for {name!r}") from error
    system = locale.default_numbering_system if locale.default_numbering_system in _ZEROS else "latn"
    own = locale.number_symbols.get(system, {})
    symbols = own if "decimal" in own else locale.number_symbols["latn"]
    signs = {one: str(symbols[name]) for one, name in _SIGNS.items()} if system != "latn" else {}
    around = {**signs, "¤": str(locale.currency_symbols.get(currency, currency))}
    zero = _ZEROS.get(system, ord("0"))
    return Formats(
        locale=locale,
        digits=minor_digits(currency),
        point=str(symbols["decimal"]),
        separator=str(symbols["group"]),
        numbers=_pattern(locale.decimal_formats[None], around),
        amounts=_pattern(locale.currency_formats["standard"], around),
        rates=_pattern(locale.percent_formats[None], around),
        is_plain=is_plain,
        numerals="".join(chr(zero + digit) for digit in range(10)),
    )


def _pattern(pattern: NumberPattern, signs: Mapping[str, str]) -> Pattern:
    """A pattern with its signs as the language has them."""
    written = str.maketrans(dict(signs))
    before, after = (tuple(part.translate(written) for part in around) for around in (pattern.prefix, pattern.suffix))
    sign = signs["¤"]
    if sign[-1:].isalpha():
        before = tuple(f"{part}\u00a0" if part.endswith(sign) else part for part in before)
        after = tuple(f"\u00a0{part}" if part.startswith(sign) else part for part in after)
    return Pattern((before[0], before[1]), (after[0], after[1]), pattern.grouping)
