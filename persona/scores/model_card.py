"""The model card: a fitted model as numbers and text that can be saved, read back and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from persona.scores.affinity import COLD, FITTED, HORIZON_DAYS, LOOKS, NEAR_COLD, RANKS, Affinity
from persona.scores.affinity_features import TERMS, BookNumbers
from persona.scores.affinity_fit import Fit

__all__ = ["card", "restored"]

_FORMAT = 3


def card(model: Affinity, *, as_of: date) -> dict[str, Any]:
    """The model of a night as plain numbers and lists, for JSON, with what spoke for and against it."""
    found = model.evidence
    return {
        "format": _FORMAT,
        "model": "affinity",
        "says": _says(model),
        "as_of": str(as_of),
        "horizon_days": HORIZON_DAYS,
        "learnt_from": _learnt_from(model, as_of),
        "terms": ["constant", *TERMS],
        "numbers": {name: value for name, value in asdict(model).items() if name != "evidence"},
        "customers": model.fitted_on,
        "positives": found.positives if found else None,
        "measured": asdict(found.measured) if found else None,
        "skill": found.measured.skill if found else None,
        "drift": {name: asdict(one) for name, one in found.drift.items()} if found else {},
        "not_trusted_because": [model.why_not_fitted] if model.why_not_fitted else [],
        "used": model.used,
    }


def _learnt_from(model: Affinity, as_of: date) -> list[str]:
    """Data and dates."""
    of_book = f"purchases before {as_of}: the levels of the book"
    if model.used == COLD:
        return [of_book]
    days = [as_of - timedelta(days=back) for back in (reversed(LOOKS) if model.evidence else LOOKS[:1])]
    before = " and ".join(f"before {day}" for day in days)
    return [f"purchases {before}, and what was bought in {LOOKS[0]} days from then: the coefficients", of_book]


def _says(model: Affinity) -> list[str]:
    """What a person who answers for the model should read first."""
    origin = f"Fitted on {model.fitted_on:,} active customers, on the closed months before the run."
    if model.used not in (FITTED, NEAR_COLD, RANKS):
        origin = f"Used: {model.used}, because: {model.why_not_fitted}."
    return [
        f"Probability that a customer buys in a category in the next {HORIZON_DAYS} days.",
        origin,
        "Inputs: purchases by category and day. No age, gender, place or other attribute of the person is used.",
        "Not for credit decisions: it says what somebody likes to buy, not what he can afford.",
    ]


def restored(saved: Mapping[str, Any]) -> Affinity:
    """The model of a card; equal to the one that was saved.

    Raises: ValueError for a card of another model or format.
    """
    if (saved.get("format"), saved.get("model")) != (_FORMAT, "affinity"):
        raise ValueError(f"is not a card of format {_FORMAT} of an affinity model")
    numbers = dict(saved["numbers"])
    book = BookNumbers(**{name: _tuples(value) for name, value in numbers.pop("numbers").items()})
    fit = Fit(**{name: _tuples(value) for name, value in numbers.pop("fit").items()})
    return Affinity(numbers=book, fit=fit, **{name: _tuples(value) for name, value in numbers.items()})


def _tuples(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    return tuple(_tuples(one) for one in value) if isinstance(value, list | tuple) else value
