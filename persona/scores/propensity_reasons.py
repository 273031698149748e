"""Reasons: which terms made a customer's propensity for an offer higher or lower than of those who are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import State, day_number
from persona.scores.answers import past_of
from persona.scores.pairs import TERMS, standing, terms_of
from persona.scores.pooled import Pooled
from persona.scores.reasons import Driver

__all__ = ["propensity_drivers"]

_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "buys in its category": ("buys much of what it is about", "buys little of what it is about"),
        "buys like those who took it": ("buys {most} as those who took it do", "buys unlike those who took it"),
        "active now": ("shops much these weeks", "shops little these weeks"),
        "answers so far": ("has said yes to offers before", "has not taken up earlier offers"),
    },
    "de": {
        "buys in its category": ("kauft viel von dem, worum es geht", "kauft wenig von dem, worum es geht"),
        "buys like those who took it": (
            "kauft {most} wie die, die es angenommen haben",
            "kauft anders als die, die es angenommen haben",
        ),
        "active now": ("kauft in diesen Wochen viel ein", "kauft in diesen Wochen wenig ein"),
        "answers so far": ("hat schon Angebote angenommen", "hat frühere Angebote nicht angenommen"),
    },
}
"""What a customer does who has more of a term than others who are told of the offer, and who has less."""
_DIGITS = 6


def propensity_drivers(
    state: State,
    told: pl.DataFrame,
    model: Pooled,
    *,
    as_of: date,
    customer_no: int,
    offer_id: str,
    language: str = "en",
) -> tuple[Driver, ...]:
    """Why a customer's propensity for an offer is what it is, the strongest term first.

    ``told`` is what ``answers.contacts`` makes. Nothing is told of an offer that nobody was told of. Other languages
    than en and de are told in English.
    Raises: KeyError for a customer that the state does not hold.
    """
    at = int(np.searchsorted(state.customers, customer_no))
    if at == len(state.customers) or state.customers[at] != customer_no:
        raise KeyError(customer_no)
    offer = next((one for one in model.offers if one.offer_id == offer_id and one.contacted), None)
    if offer is None:
        return ()
    known = standing(state, day_number(as_of)).only(np.array([at]))
    past = past_of(pl.DataFrame({"customer_no": [customer_no], "on": [as_of]}), told)
    own = terms_of(known, past, offer, model.book)[0].tolist()
    words = _WORDS.get(language.partition("-")[0], _WORDS["en"])
    most = model.book.leaves[int(np.argmax(np.asarray(offer.alike) * known.mix[0]))]
    made = [
        Driver(term, round(model.slope * weight * x, _DIGITS), words[term][0 if x > 0 else 1].format(most=most))
        for term, weight, x in zip(TERMS, model.coefficients[1:], own, strict=True)
    ]
    return tuple(sorted((one for one in made if one.log_odds), key=lambda one: (-abs(one.log_odds), one.term)))
