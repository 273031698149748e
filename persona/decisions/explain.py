"""What a decision was made of: the factors of each value, the order they gave, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from persona.money import MILLI, minor_digits
from persona.tables.reasons import words

__all__ = ["Choice", "at_price", "choices", "sentence"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One admissible action of a customer, as it was weighed against the others."""

    slot: str
    rank: int
    offer_id: str
    treatment_id: str
    channel: str
    reckoning: str
    """The factors, multiplied and taken away, in the currency."""
    value: Decimal
    """In units of the currency, to a thousandth of its minor unit."""
    margin: Decimal
    """How much more the chosen action of the slot is worth; silence is worth 0."""
    charge: Decimal
    """What the prices of caps and constraints ask for it: of two options the one with more left of its value wins."""
    reason: str
    reason_id: str | None
    """Which cap, constraint or limit stood in the way."""
    price_point: str | None = None
    """The price that he would be told; None: the offer has one."""
    price_lot: float | None = None
    """Probability with which a lot fell on it; None: it was chosen."""
    day_slot: str | None = None
    """The part of the day in which it would leave; None: its channel has none."""


def choices(candidates: pl.DataFrame, *, currency: str) -> tuple[Choice, ...]:
    """The candidates of one customer by slot and rank, each with its reckoning.

    Reads: rows of ``tables.decisions.CANDIDATES``.
    """
    digits = minor_digits(currency)
    return tuple(
        Choice(
            row["slot"],
            row["rank"],
            row["offer_id"],
            row["treatment_id"],
            row["channel"],
            _reckoning(row, digits, currency),
            _units(row["value_milli"], digits),
            _units(row["margin_milli"], digits),
            _units(row["charge_milli"], digits),
            row["reason"],
            row["reason_id"],
            row.get("price_point"),
            row.get("price_lot"),
            row.get("day_slot"),
        )
        for row in candidates.sort("slot", "rank").iter_rows(named=True)
    )


def sentence(choice: Choice, *, currency: str, language: str = "en") -> str:
    """Why the choice was or was not taken, in plain words."""
    says = words(choice.reason, language)
    if choice.reason not in ("R", "N"):
        return f"{says} ({choice.reason_id})" if choice.reason_id else says
    return f"{says} ({_BY.get(language.partition('-')[0], _BY['en'])} {choice.margin} {currency})"


_BY = {"en": "by", "de": "um"}


def at_price(point: object, lot: object) -> str:
    """How a price is told beside its offer; nothing where the offer has one price.

    >>> at_price("loyal", None), at_price("loyal", 0.25), at_price(None, None)
    (' at loyal', ' at loyal (price by lot, p = 0.25)', '')
    """
    if point is None:
        return ""
    return f" at {point}" + ("" if lot is None else f" (price by lot, p = {lot:g})")


def _reckoning(row: dict[str, object], digits: int, currency: str) -> str:
    """``0.031 x 45.00 x 1.00 x 1.10 - 0.02 - 0.15 = 1.3645 EUR``."""
    worth, cost, fatigue = (
        Decimal(str(row[name])).scaleb(-digits) for name in ("worth_minor", "cost_minor", "fatigue_minor")
    )
    value = _units(row["value_milli"], digits)
    odds = row.get("odds")
    moved = f" (at {odds:.2f} of the odds, by how he answers there)" if isinstance(odds, float) and odds != 1 else ""
    gain = f"{row['p']:.6f}{moved} x {worth:.{digits}f} x {row['context']:.2f} x {row['lever']:.2f}"
    return f"{gain} - {cost:.{digits}f} - {fatigue:.{digits}f} = {value} {currency}"


def _units(milli: object, digits: int) -> Decimal:
    return Decimal(str(milli)).scaleb(-digits) / MILLI
