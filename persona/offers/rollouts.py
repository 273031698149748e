"""Which waves of a rollout are open, and for whom an offer has to wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.buckets import hashes
from persona.clock import AsOf
from persona.offers.history import is_known, local_day
from persona.policy.rollouts import Gate, Rollout

__all__ = ["open_waves", "waiting"]

BUCKETS = 10_000
"""How finely a share is told: a hundredth of a per cent."""


def open_waves(
    rollouts: Sequence[Rollout], history: pl.DataFrame, outcomes: pl.DataFrame, *, as_of: AsOf
) -> dict[str, int]:
    """How many waves of each rollout are open on the day of ``as_of``, by its id.

    A wave is open where its gate and those before it hold. A gate of outcomes holds while the share of contacts that
    had such an answer keeps its bounds: it closes again where they are passed. Contacts on paper do not count.
    Reads: ``history`` as ``contact_history`` makes it, and ``outcomes``, of the whole book.
    """
    result = {}
    for rollout in rollouts:
        told = history.filter(pl.col("offer_id").is_in(rollout.offers) & ~pl.col("is_ghost"))
        gates = [_holds(wave.gate, told, outcomes, as_of) for wave in rollout.waves[1:] if wave.gate]
        result[rollout.id] = 1 + (gates.index(False) if False in gates else len(gates))
    return result


def _holds(gate: Gate, told: pl.DataFrame, outcomes: pl.DataFrame, as_of: AsOf) -> bool:
    if gate.opened_on is not None:
        return gate.opened_on <= as_of.day
    ripe = told.filter(pl.col("on") + timedelta(days=gate.after_days) <= as_of.day).with_row_index("contact")
    if ripe.height < gate.least:
        return False
    answers = outcomes.filter(is_known(outcomes, as_of) & pl.col("outcome").is_in(gate.outcomes)).select(
        "customer_no", "offer_id", "channel", answered_on=local_day("at", as_of.zone)
    )
    met = ripe.join(answers, on=["customer_no", "offer_id", "channel"]).filter(pl.col("answered_on") >= pl.col("on"))
    share = met["contact"].n_unique() / ripe.height
    is_low = gate.max_share is None or share <= float(gate.max_share)
    return is_low and (gate.min_share is None or share >= float(gate.min_share))


def waiting(
    units: pl.DataFrame, rollouts: Sequence[Rollout], opened: Mapping[str, int]
) -> dict[str, NDArray[np.bool_]]:
    """For whom the offers of rollouts have to wait, by offer, in the order of ``units``.

    Source: ``hashed("rollout:" || id, unit) % 10,000 >= share * 10,000`` of the last wave that is open; the unit is the
    customer's id or the household's key. So a wave holds those of the one before it.
    """
    result: dict[str, NDArray[np.bool_]] = {}
    for rollout in rollouts:
        share = rollout.waves[opened.get(rollout.id, 1) - 1].share
        unit = "household_key" if rollout.per == "household" else "customer_id"
        late = hashes(f"rollout:{rollout.id}", units[unit]) % BUCKETS >= int(share * BUCKETS)
        for offer in rollout.offers:
            result[offer] = late | result.get(offer, np.zeros(units.height, dtype=np.bool_))
    return result
