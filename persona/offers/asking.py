"""Everything that is asked of a batch of customers before an action may be theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from persona.clock import AsOf
from persona.offers.conditions import Criteria
from persona.offers.cooloffs import resting
from persona.offers.history import contact_history
from persona.offers.judged import PLANE, judged, planes
from persona.offers.limits import contacted_already, room
from persona.offers.occurrences import NO_OCCASIONS
from persona.offers.order import out_of_order
from persona.offers.permission import may_be_told
from persona.offers.refusals import Asked
from persona.offers.suppression import stopped
from persona.offers.windows import send_windows
from persona.policy.actions import Action
from persona.policy.contact import Contact

__all__ = ["Batch", "asked"]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of whole households; ``profile`` and ``units`` have the same customers in the same order."""

    profile: pl.DataFrame
    units: pl.DataFrame
    """``customer_no``, ``customer_id``, ``household_key``, ``is_ghost``."""
    consents: Mapping[str, pl.DataFrame]
    """By purpose, ``marketing`` and where there is one ``service``: ``customer_no``, ``consent_<channel>``."""
    suppressions: pl.DataFrame
    """Those in force: ``customer_no``, ``type``, ``channel``."""
    contacts: pl.DataFrame
    """The ledger of contacts; rows of other customers do no harm."""
    outcomes: pl.DataFrame
    """The canonical table; rows of other customers do no harm."""
    occasions: pl.DataFrame = field(default_factory=lambda: NO_OCCASIONS)
    """What each offer would answer, as ``offers.occasions`` makes it."""


def asked(
    batch: Batch,
    criteria: Criteria,
    actions: Sequence[Action],
    policy: Contact,
    *,
    channels: Sequence[str],
    as_of: AsOf,
) -> Asked:
    """The answers to all that is asked of the batch, in the order of its customers."""
    here = pl.col("customer_no").is_in(batch.units["customer_no"].implode())
    outcomes = batch.outcomes.filter(here)
    history = contact_history(batch.contacts.filter(here), outcomes, actions=actions, as_of=as_of)
    return Asked(
        judged=_waived(judged(batch.profile, criteria.items), criteria, batch.units),
        may_be_told=may_be_told(batch.profile, batch.consents, channels=channels).with_columns(
            batch.profile.select("^allows_profiling$").get_columns()
        ),
        stopped=stopped(batch.profile, batch.suppressions, stops=policy.suppressions, channels=channels),
        room=room(batch.units, history, policy.limits, day=as_of.day),
        windows=send_windows(batch.profile, policy.hours, channels=channels, as_of=as_of, slots=policy.slots),
        resting=resting(outcomes, history, policy.cooloffs, actions=actions, as_of=as_of),
        contacted_already=contacted_already(history, actions, batch.occasions, day=as_of.day),
        occasions=batch.occasions,
        out_of_order=out_of_order(
            batch.units, history, actions, conflicts=policy.conflicts, orders=policy.orders, day=as_of.day
        ),
    )


def _waived(judged: pl.DataFrame, criteria: Criteria, units: pl.DataFrame) -> pl.DataFrame:
    """The bits, with applicability as met for whom an arm of an experiment leaves it out.

    Suitability, which is in the customer's interest, is asked of everybody.
    """
    if "layer" not in units.columns or not (units["layer"] == "eligibility").any():
        return judged
    waived = units.select("customer_no").with_columns(waives=(units["layer"] == "eligibility").fill_null(value=False))
    here = judged.join(waived, on="customer_no", how="left", maintain_order="left")
    bits = []
    for plane in range(planes(criteria.items)):
        asked = [one for one in criteria.items if one.kind == "A" and one.index // PLANE == plane]
        mask = pl.lit(sum(1 << (one.index % PLANE) for one in asked), dtype=pl.UInt64)
        met, unknown = pl.col(f"met_{plane}"), pl.col(f"unknown_{plane}")
        bits.append(pl.when("waives").then(met | mask).otherwise(met).alias(f"met_{plane}"))
        bits.append(pl.when("waives").then(unknown & ~mask).otherwise(unknown).alias(f"unknown_{plane}"))
    return here.with_columns(bits).drop("waives")
