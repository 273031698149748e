"""Renewal: the chance to buy within a horizon, by BG/NBD stacked with the customer's habits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from persona.scores.affinity_state import Floats
from persona.scores.bgnbd import BgNbd, buys_again, fit_bgnbd
from persona.scores.drift import Drift, drift
from persona.scores.gates import few_positives, leaks
from persona.scores.habits import Habits
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.occasions import Occasions
from persona.scores.search import rounded
from persona.scores.terms import TERMS, terms

__all__ = ["Renewal", "bought_within", "chance_within", "far", "fit_renewal", "fit_stacked", "moved", "terms_of"]

LEAST_POSITIVES = 100
"""Measured on Complete Journey: the stacked model is the better one from about a hundred who stayed away."""
_LEAST_FOR_LEVEL = 20
_MOST_CUSTOMERS = 10_000
"""BG/NBD has four numbers: more customers move only their later digits."""
_RIDGE = 10.0
"""1 / C of an L2 penalty with C = .1."""
_DIGITS = 6
_GROWING = ("occasions", "days since the first")
"""Grow with the history until that is long: no drift of the customers."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the terms of a customer are told against; plain numbers, 12 digits."""

    bgnbd: BgNbd
    gap_days: float
    """The book's mean gap between two occasions."""

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> Renewal:
        """The same from the numbers of a card."""
        return cls(BgNbd(**numbers["bgnbd"]), numbers["gap_days"])


def fit_renewal(past: Habits) -> Renewal | None:
    """The book's renewals; None where nobody has bought on two days."""
    number, days = (int(one.sum()) for one in past.gaps())
    if not number:
        return None
    buyers = past.count > 0
    every = -(-int(buyers.sum()) // _MOST_CUSTOMERS)
    chosen = buyers & (np.cumsum(buyers) % every == 0)
    if not past.count[chosen].max(initial=0) > 1:
        chosen = buyers
    return Renewal(fit_bgnbd(past.only(chosen).histories()), rounded([days / number])[0])


def bought_within(seen: Occasions, days: int, *, after: int = 0) -> Floats:
    """1 for each customer with an occasion in the last ``days`` days, all but the last ``after`` of them; else 0."""
    bought = np.zeros(len(seen.customers))
    bought[seen.who[(seen.age_days > after) & (seen.age_days <= days)]] = 1.0
    return bought


def terms_of(seen: Habits, renewal: Renewal, *, horizon_days: int) -> Floats:
    """The terms of every customer, in the order of ``terms.TERMS``."""
    chance = np.clip(buys_again(renewal.bgnbd, seen.histories(), horizon=horizon_days), 1e-6, 1 - 1e-6)
    return terms(seen, gap_days=renewal.gap_days, renewal=np.log(chance / (1 - chance)))


def fit_stacked(
    past: Habits, renewal: Renewal, happened: Floats, *, horizon_days: int
) -> tuple[tuple[float, ...], str]:
    """The constant and coefficients of the terms, and the gate that stops them.

    Where too few labels stop them, only the renewal is weighed; where too few for that too, or a leak, there are none.
    """
    here = past.count > 0
    told, label = terms_of(past, renewal, horizon_days=horizon_days)[here], happened[here]
    why = few_positives(label, least=LEAST_POSITIVES)
    if why:
        return _levelled(told[:, -1:], label), why
    why = leaks(told, label, TERMS, habits=TERMS)
    return ((), why) if why else (rounded(fit_logistic(told, label, ridge=_RIDGE)), "")


def _levelled(renewal: Floats, label: Floats) -> tuple[float, ...]:
    """The level and slope of BG/NBD's log-odds, which twenty of each kind are enough to learn; none of fewer."""
    if few_positives(label, least=_LEAST_FOR_LEVEL):
        return ()
    constant, slope = rounded(fit_logistic(renewal, label))
    return (constant, *[0.0] * (len(TERMS) - 1), slope)


def moved(past: Habits, seen: Habits, renewal: Renewal, *, horizon_days: int) -> dict[str, Drift]:
    """How far each term of those who had bought has moved from what was learnt from to what is read now."""
    learnt, now = (terms_of(one, renewal, horizon_days=horizon_days)[one.count > 0] for one in (past, seen))
    return {name: drift(learnt[:, at], now[:, at]) for at, name in enumerate(TERMS) if name not in _GROWING}


def far(drifts: Mapping[str, Drift], coefficients: Sequence[float]) -> str:
    """Why coefficients are not to be used: terms that they weigh have moved far; empty where none has."""
    weights = dict(zip(TERMS, coefficients[1:], strict=False))
    found = [name for name, one in drifts.items() if one.is_severe and weights.get(name)]
    return f"has moved far since it was learnt from: {', '.join(found)}" if found else ""


def chance_within(seen: Habits, renewal: Renewal, coefficients: tuple[float, ...], *, horizon_days: int) -> Floats:
    """The probability that each customer buys within the horizon, 6 digits; 0 of those who never bought.

    Without coefficients it is that of BG/NBD alone.
    """
    chance = buys_again(renewal.bgnbd, seen.histories(), horizon=horizon_days)
    if coefficients:
        chance = logistic(weighed(terms_of(seen, renewal, horizon_days=horizon_days), coefficients))
    return np.asarray(np.round(np.where(seen.count > 0, chance, 0.0), _DIGITS))
