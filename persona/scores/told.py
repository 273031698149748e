"""The contacts that propensity is learnt from, each with what was known of the customer on its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import Floats, Ints
from persona.scores.answers import CLOSED_DAYS, Past, past_of
from persona.scores.pairs import Standing, standing_at
from persona.scores.propensity import Prior
from persona.tables.words import leaves as leaves_of
from persona.tables.words import members

__all__ = ["Told", "told_of"]

_NEVER = -1


@dataclass(frozen=True, slots=True)
class Told:
    """One element a customer, offer and day of contact, sorted; ages are days before the day of the run."""

    customers: int
    """How many were contacted."""
    leaves: tuple[str, ...]
    priors: tuple[Prior, ...]
    categories: tuple[tuple[int, ...], ...]
    """Of each prior the positions of the leaves that it is about."""
    offer: Ints
    """Position in ``priors``."""
    age_days: Ints
    answered_days: Ints
    """Age of the acceptance; -1: not accepted."""
    standing: Standing
    past: Past

    def known(self, age_days: int) -> Ints:
        """Positions of the contacts whose answers had had their time on a day so many days ago."""
        return np.flatnonzero(self.age_days >= age_days + CLOSED_DAYS)

    def happened(self, at: Ints, age_days: int) -> Floats:
        """Whether each of some contacts had been accepted before a day so many days ago."""
        return (self.answered_days[at] > age_days).astype(np.float64)


def told_of(
    contacted: pl.DataFrame, bought: pl.DataFrame, priors: Sequence[Prior], *, as_of: date, categories: Sequence[str]
) -> Told:
    """The contacts with offers of ``priors`` that are at least 14 days old.

    Reads: what ``answers.contacts`` makes; ``customer_no``, ``category``, ``booked_on`` of purchases.
    """
    leaves, held = leaves_of(categories), members(categories)
    ordered = tuple(sorted(priors, key=lambda prior: prior.offer_id))
    place = {prior.offer_id: at for at, prior in enumerate(ordered)}
    days = contacted.group_by("customer_no", "offer_id", "on").agg(pl.col("accepted_on").min())
    age = (pl.lit(as_of) - pl.col("on")).dt.total_days()
    rows = days.filter(pl.col("offer_id").is_in(list(place)) & (age >= CLOSED_DAYS)).sort(
        "customer_no", "offer_id", "on"
    )
    answered = (pl.lit(as_of) - pl.col("accepted_on")).dt.total_days().fill_null(_NEVER)
    offer, ages, answers = rows.select(
        pl.col("offer_id").replace_strict(place, default=_NEVER, return_dtype=pl.Int64),
        age.alias("age"),
        answered.alias("answered"),
    )
    return Told(
        customers=rows["customer_no"].n_unique(),
        leaves=leaves,
        priors=ordered,
        categories=tuple(
            tuple(at for at, leaf in enumerate(leaves) if prior.affinity and leaf in held.get(prior.affinity, ()))
            for prior in ordered
        ),
        offer=offer.to_numpy(),
        age_days=ages.to_numpy(),
        answered_days=answers.to_numpy(),
        standing=standing_at(rows, bought, leaves=leaves),
        past=past_of(rows, contacted),
    )
