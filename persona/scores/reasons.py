"""Reasons: which terms made a customer's affinity higher or lower than the book's, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from persona.scores.affinity import Affinity, chances, silent_days
from persona.scores.affinity_features import TERMS, features
from persona.scores.affinity_fit import of_silence
from persona.scores.affinity_state import State, day_number

__all__ = ["Driver", "drivers"]

_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "recent purchases": ("bought it often of late", "bought it seldom or long ago"),
        "common": ("many customers buy it", "few customers buy it"),
        "active now": ("shops more these weeks than before", "shops less these weeks than before"),
        "active for long": ("has shopped much over months", "has shopped little over months"),
        "bought alongside": ("buys what goes with it, such as {other}", "buys little that goes with it"),
        "taken up of late": ("many take it up these weeks", "few take it up these weeks"),
        "silence": ("has bought nothing for long", "has bought nothing for long"),
        "never": ("has never bought anything", "has never bought anything"),
    },
    "de": {
        "recent purchases": ("hat es zuletzt oft gekauft", "hat es selten oder lange nicht gekauft"),
        "common": ("viele Kunden kaufen es", "wenige Kunden kaufen es"),
        "active now": ("kauft in diesen Wochen mehr ein als zuvor", "kauft in diesen Wochen weniger ein als zuvor"),
        "active for long": ("hat über Monate viel eingekauft", "hat über Monate wenig eingekauft"),
        "bought alongside": ("kauft, was dazu passt, etwa {other}", "kauft wenig, was dazu passt"),
        "taken up of late": ("viele fangen in diesen Wochen damit an", "wenige fangen in diesen Wochen damit an"),
        "silence": ("hat lange nichts gekauft", "hat lange nichts gekauft"),
        "never": ("hat noch nie etwas gekauft", "hat noch nie etwas gekauft"),
    },
}
"""What a term says of who has more of it than the book's mean, and of who has less."""
_SHORT, _LONG = TERMS.index("active now"), TERMS.index("active for long")


@dataclass(frozen=True, slots=True)
class Driver:
    """One term: how far it moves the log-odds from the book's mean, and what is so of him.

    Terms move together, so that one may count the other way than its words let expect: then they are no reason to tell.
    """

    term: str
    log_odds: float
    says: str
    is_reason: bool = True
    """Whether it counts as its words let expect."""


def drivers(
    state: State, model: Affinity, *, as_of: date, customer_no: int, category: str, language: str = "en"
) -> tuple[Driver, ...]:
    """Why a customer's affinity for a category is what it is, the strongest term first.

    Of a group its likeliest leaf speaks. A term is told against the book's mean of customers who, like him, have
    bought in the category before or never have. What he does these weeks is told against what he did over months: the
    two terms are nearly one, and their weights mostly of different signs. Other languages than en and de are told in
    English.
    Raises: KeyError for a customer that the state does not hold or a category without leaves.
    """
    at = int(np.searchsorted(state.customers, customer_no))
    if at == len(state.customers) or state.customers[at] != customer_no:
        raise KeyError(customer_no)
    leaf = _leaf(chances(state, model, as_of=as_of)[at], state.leaves, category)
    is_seen = bool(state.seen[at, leaf])
    weights = np.array(model.fit.coefficients[0 if is_seen else 1][1:])
    apart = features(state, model.numbers, day=day_number(as_of))[at, leaf] - model.average[0 if is_seen else 1]
    apart[_SHORT] -= apart[_LONG]
    weights[_LONG] += weights[_SHORT]
    words = _WORDS.get(language.partition("-")[0], _WORDS["en"])
    other = _neighbour(state, model, at, leaf)
    days = silent_days(state, day_number(as_of))[at : at + 1]
    quiet, silence = float(of_silence(days, model.fit)[0]), "silence" if days[0] >= 0 else "never"
    pulls = zip((*TERMS, silence), (*weights.tolist(), 1.0), (*apart.tolist(), quiet), strict=True)
    told = (
        Driver(term, round(weight * more, 6), words[term][0 if more > 0 else 1].format(other=other), weight > 0)
        for term, weight, more in pulls
    )
    return tuple(sorted((driver for driver in told if driver.log_odds), key=lambda d: (-abs(d.log_odds), d.term)))


def _leaf(chance: np.ndarray[tuple[int], np.dtype[np.float64]], leaves: tuple[str, ...], category: str) -> int:
    held = [i for i, leaf in enumerate(leaves) if leaf == category or leaf.startswith(f"{category}.")]
    if not held:
        raise KeyError(category)
    return max(held, key=lambda i: (chance[i], -i))


def _neighbour(state: State, model: Affinity, at: int, leaf: int) -> str:
    """The leaf bought before that speaks most for this one."""
    pull = [row[leaf] for row in model.numbers.neighbours]
    owned = [i for i in range(len(pull)) if state.seen[at, i] and i != leaf]
    return state.leaves[max(owned, key=lambda i: (pull[i], -i))] if owned else "-"
