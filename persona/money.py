"""Minor units, currencies and rounding: money is an integer everywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

__all__ = ["MILLI", "MINOR_DIGITS", "minor", "minor_digits", "written"]

MILLI = 1_000
"""Values are stored in thousandths of a minor unit where fractions matter."""

MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits after the point where they are not two. Source: ISO 4217."""


def minor_digits(currency: str) -> int:
    """How many digits the minor unit of a currency has: 2 for EUR, 0 for JPY."""
    return MINOR_DIGITS.get(currency, 2)


def minor(amount: Decimal, currency: str) -> int:
    """An amount in whole minor units, halves to even.

    >>> minor(Decimal("12.345"), "EUR"), minor(Decimal("1200"), "JPY")
    (1234, 1200)
    """
    scaled = amount.scaleb(minor_digits(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def written(amount_minor: int, currency: str) -> str:
    """Minor units as people read them.

    >>> written(123450, "EUR"), written(-1200, "JPY")
    ('1,234.50 EUR', '-1,200 JPY')
    """
    digits = minor_digits(currency)
    return f"{amount_minor / 10**digits:,.{digits}f} {currency}"
