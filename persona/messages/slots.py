"""Where the value of each slot comes from, in the type that the filters write.

Money is whole minor units, a rate whole millionths; an empty text is no value. A term is what the catalogue says, a
fact an expression over the customer's profile; a number that is infinite or not a number is no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from persona.errors import PolicyError
from persona.messages.filters import RATE_UNIT
from persona.messages.wording import GIVEN, Wording, nearest
from persona.policy.catalog import Offer
from persona.policy.conditions import Checked
from persona.policy.content import Slot
from persona.policy.model import Term
from persona.policy.workspace import Sender
from persona.tables.contract import PolarsType

__all__ = ["BY_PERSON", "TYPES", "faults", "values"]

Plain = str | int | date

TYPES: Mapping[str, PolarsType] = {
    "text": pl.String,
    "url": pl.String,
    "integer": pl.Int64,
    "money": pl.Int64,
    "points": pl.Int64,
    "rate": pl.Int64,
    "date": pl.Date,
}
"""The type in which the values of a slot are held."""

BY_PERSON = ("first_name", "last_name", "unsubscribe_url")
"""Slots whose values come with the customer or the message, as columns of the same name."""

_WHOLE = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_BROKEN = (pl.Float32, pl.Float64)


def values(offer: Offer, wording: Wording, *, sender: Sender, facts: Mapping[str, Checked]) -> dict[str, pl.Expr]:
    """The value of each slot of a wording for a message about an offer, by name, over rows of ``recipients``.

    Raises: PolicyError for the first slot that has no value of its type; ``faults`` tells all of them.
    """
    constants = _constants(offer, sender)
    made = {}
    for name, slot in wording.slots.items():
        if name in BY_PERSON:
            value = pl.col(name)
        elif name in facts:
            value = _cast(facts[name], name, slot, offer)
        else:
            value = pl.lit(_constant(constants.get(name), name, slot, offer, wording), dtype=TYPES[slot.type])
        made[name] = _complete(value, name, slot, wording)
    return made


def faults(offer: Offer, wording: Wording, *, sender: Sender, facts: Mapping[str, Checked]) -> Iterable[PolicyError]:
    """Each slot of a wording that has no value of its type in an offer, and each name that stands for two things."""
    for name in sorted({*offer.terms, *facts} & set(GIVEN)) + sorted(set(offer.terms) & set(facts)):
        where = str(offer.place_of("facts" if name in facts else "terms", name))
        yield PolicyError(
            f"{name!r} has another meaning already", where=where, hint="Give the term or fact another name."
        )
    for name, slot in wording.slots.items():
        try:
            values(offer, replace(wording, slots={name: slot}), sender=sender, facts=facts)
        except PolicyError as error:
            yield error


def _constants(offer: Offer, sender: Sender) -> dict[str, Term | None]:
    return {
        **offer.terms,
        "offer_name": offer.name,
        "reason": offer.reason or None,
        "valid_until": offer.valid.until - timedelta(days=1),
        "sender_name": sender.name,
        "sender_postal_address": sender.postal_address,
        "privacy_url": sender.privacy_url,
    }


def _constant(term: Term | None, name: str, slot: Slot, offer: Offer, wording: Wording) -> Plain | None:
    """A term as a plain value; None only where the slot may be missing."""
    where = str(offer.place_of_term(name)) if name in offer.terms else offer.file or offer.offer
    said = _said(term, wording.locale) if isinstance(term, dict) else term
    if said is None:
        if slot.need == "optional" or slot.default is not None:
            return None
        what = f"offer {offer.offer!r} gives slot {name!r} no value in {wording.locale!r}"
        raise PolicyError(what, where=where, hint=f"{wording.place} shows it: add a term or a fact of that name.")
    plain = _PLAIN[slot.type](said)
    if plain is None:
        raise PolicyError(f"{name!r} is no {slot.type}", where=where, hint=_HINTS.get(slot.type, ""))
    return plain


def _said(words: Mapping[str, str], locale: str) -> str | None:
    spoken = nearest(words, locale)
    return words[spoken] if spoken else None


def _as_text(term: Term) -> str | None:
    return term.strip() or None if isinstance(term, str) else None


def _as_url(term: Term) -> str | None:
    return term if isinstance(term, str) and term.startswith("https://") else None


def _as_whole(term: Term) -> int | None:
    return term if isinstance(term, int) and not isinstance(term, bool) else None


def _as_rate(term: Term) -> int | None:
    if isinstance(term, bool) or not isinstance(term, int | Decimal):
        return None
    millionths = Decimal(term) * RATE_UNIT
    return int(millionths) if millionths == int(millionths) else None


def _as_date(term: Term) -> date | None:
    if isinstance(term, date):
        return term
    try:
        return date.fromisoformat(term) if isinstance(term, str) else None
    except ValueError:
        return None


_PLAIN: Mapping[str, Callable[[Term], Plain | None]] = {
    "text": _as_text,
    "url": _as_url,
    "integer": _as_whole,
    "money": _as_whole,
    "points": _as_whole,
    "rate": _as_rate,
    "date": _as_date,
}

_HINTS = {
    "money": "Write whole minor units: 150000 is 1,500.00.",
    "rate": "Write a part of 1 with at most six digits: 0.035 is 3.5 %.",
    "date": "Write the date as 2026-06-30.",
    "url": "Addresses begin with https://.",
    "text": "Quote it, so that it is a text.",
}


def _cast(fact: Checked, name: str, slot: Slot, offer: Offer) -> pl.Expr:
    """A fact in the type of its slot; whole numbers round half to even."""
    wanted, given = TYPES[slot.type], fact.dtype
    if slot.type == "rate" and given in (*_WHOLE, *_BROKEN):
        return _whole(fact.expr.cast(pl.Float64) * RATE_UNIT)
    if wanted == pl.Int64 and given in _BROKEN:
        return _whole(fact.expr)
    if wanted == pl.Int64 and given in _WHOLE:
        return fact.expr.cast(pl.Int64)
    if given == wanted:
        return fact.expr
    where = str(offer.place_of("facts", name))
    raise PolicyError(f"fact {name!r} is {given}, and the slot is {slot.type}", where=where)


def _whole(number: pl.Expr) -> pl.Expr:
    return pl.when(number.is_finite()).then(number).round(0, mode="half_to_even").cast(pl.Int64, strict=False)


def _complete(value: pl.Expr, name: str, slot: Slot, wording: Wording) -> pl.Expr:
    """The value, null where a text is blank, with the slot's default where it is null."""
    if TYPES[slot.type] == pl.String:
        value = pl.when(value.str.strip_chars() != "").then(value)
    if slot.default is not None:
        plain = _default(slot)
        if plain is None:
            where = str(wording.place)
            raise PolicyError(f"the default of {name!r} is no {slot.type}", where=where, hint=_HINTS.get(slot.type, ""))
        value = value.fill_null(pl.lit(plain, dtype=TYPES[slot.type]))
    return value


def _default(slot: Slot) -> Plain | None:
    text = slot.default or ""
    if slot.type in ("integer", "money", "points"):
        return int(text) if text.removeprefix("-").isdecimal() and text.isascii() else None
    if slot.type == "rate":
        digits = text.replace(".", "", 1)
        return _as_rate(Decimal(text)) if digits.isdecimal() and digits.isascii() else None
    return _PLAIN[slot.type](text)
