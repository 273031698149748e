"""Numbers as the filters write them, for whole columns: the same to the byte, at a small part of the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from persona.messages.filters import RATE_UNIT, Formats, Pattern

__all__ = ["written_numbers"]

_DIGITS = "0123456789"
_LEAST = -(2**63)
"""Has no opposite among 64 bits."""


def written_numbers(values: pl.Series, name: str, words: Formats) -> pl.Series | None:
    """Whole numbers as a filter of ``words`` writes each of them; None where no columns are made for it."""
    made = _MADE.get(name)
    if made is None or values.dtype != pl.Int64 or values.min() == _LEAST:
        return None
    highest = max([1, *(abs(one) for one in (values.min(), values.max()) if isinstance(one, int))])
    size = pl.col("value").abs()
    text = values.alias("value").to_frame().select(text=made(words, size, highest)).to_series()
    return text if words.numerals == _DIGITS else text.str.replace_many(list(_DIGITS), list(words.numerals))


def _money(words: Formats, size: pl.Expr, highest: int) -> pl.Expr:
    unit = 10**words.digits
    whole = _figure(size // unit, words.amounts, words, highest // unit)
    rest = (words.plain(words.point), _padded(size % unit, words.digits)) if words.digits else ()
    return _signed(words.amounts, words, whole, *rest)


def _money_short(words: Formats, size: pl.Expr, highest: int) -> pl.Expr:
    unit = 10**words.digits
    whole = _signed(words.amounts, words, _figure(size // unit, words.amounts, words, highest // unit))
    return pl.when(size % unit == 0).then(whole).otherwise(_money(words, size, highest))


def _rate(words: Formats, size: pl.Expr, highest: int) -> pl.Expr:
    unit = RATE_UNIT // 100
    whole = _figure(size // unit, words.rates, words, highest // unit)
    decimals = _padded(size % unit, len(str(unit)) - 1).str.strip_chars_end("0").str.pad_end(2, "0")
    broken = _signed(words.rates, words, whole, words.plain(words.point), decimals)
    return pl.when(size % unit == 0).then(_signed(words.rates, words, whole)).otherwise(broken)


def _number(words: Formats, size: pl.Expr, highest: int) -> pl.Expr:
    return _signed(words.numbers, words, _figure(size, words.numbers, words, highest))


_MADE: Mapping[str, Callable[[Formats, pl.Expr, int], pl.Expr]] = {
    "money": _money,
    "money_short": _money_short,
    "rate": _rate,
    "number": _number,
    "points": _number,
}


def _signed(pattern: Pattern, words: Formats, *parts: str | pl.Expr) -> pl.Expr:
    """The parts with what stands around them, one way where the value is negative and another where it is not."""
    said = [pl.lit(part) if isinstance(part, str) else part for part in parts]
    fine, below = (
        pl.concat_str(pl.lit(words.plain(pattern.before[at])), *said, pl.lit(words.plain(pattern.after[at])))
        for at in (False, True)
    )
    return pl.when(pl.col("value") < 0).then(below).otherwise(fine)


def _figure(size: pl.Expr, pattern: Pattern, words: Formats, highest: int) -> pl.Expr:
    """Digits in groups from the right; the last group may be of another size, as in 12,34,567."""
    last, other = pattern.groups
    return _grouped(size, words.plain(words.separator), last, other, highest)


def _grouped(size: pl.Expr, separator: str, last: int, other: int, highest: int) -> pl.Expr:
    unit = 10**last
    if highest < unit:
        return size.cast(pl.String)
    above = _grouped(size // unit, separator, other, other, highest // unit)
    parted = pl.concat_str(above, pl.lit(separator), _padded(size % unit, last))
    return pl.when(size < unit).then(size.cast(pl.String)).otherwise(parted)


def _padded(number: pl.Expr, digits: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(digits)
