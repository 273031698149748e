"""What one customer will probably accept, and why: by the model over all offers, or by the rates in its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from persona import scores
from persona.policy.catalog import Offer
from persona.runs.plan import Night
from persona.tables.profile import as_name

__all__ = ["acceptances"]

_REASONS = 2


def acceptances(
    night: Night, bucket: int, customer_no: int, facts: Mapping[str, object], offers: Sequence[str]
) -> list[tuple[str, float, tuple[str, ...]]]:
    """Each of some offers with the probability that he accepts it when told of it, and why; the likeliest first.

    ``facts`` are his row of the profile.
    """
    mine = night.table("propensities", [bucket]).filter(pl.col("customer_no") == customer_no)
    by_id = {one.offer: one for one in night.policy.offers}
    told = []
    for offer in offers:
        why = _learnt(night, bucket, customer_no, offer) if facts["allows_profiling"] else ()
        told.append((offer, float(mine[f"p_{offer}"].item()), why or tuple(_rated(night, by_id[offer], facts))))
    return sorted(told, key=lambda one: (-one[1], one[0]))


def _learnt(night: Night, bucket: int, customer_no: int, offer: str) -> tuple[str, ...]:
    """What moved the model most; empty where it does not speak of the offer."""
    model = scores.Pooled.of(json.loads(night.table("propensity_model").item())["numbers"])
    if model is None:
        return ()
    day = night.as_of.day
    kept = night.table("state", [bucket], columns=scores.state_columns(model.book.leaves))
    state = scores.state_of(kept, leaves=model.book.leaves)
    contacts = scores.contacts(night.facts("outcomes", [bucket]), as_of=day)
    found = scores.propensity_drivers(state, contacts, model, as_of=day, customer_no=customer_no, offer_id=offer)
    return tuple(f"{'for it' if one.log_odds > 0 else 'against it'}: {one.says}" for one in found[:_REASONS])


def _rated(night: Night, offer: Offer, facts: Mapping[str, object]) -> Iterator[str]:
    """What the shrunken rate rests on, and what moved it."""
    if not facts["allows_profiling"]:
        yield "what its author expects: he objects to profiling"
        return
    phase = facts["lifecycle"]
    rates = night.table("rates").filter(pl.col("offer_id") == offer.offer)
    here = rates.filter(pl.col("lifecycle") == phase)
    for contacted, accepted in here.select("contacted", "accepted").iter_rows():
        yield f"{accepted:,} of {contacted:,} in his phase ({phase}) accepted it"
    category = offer.propensity.affinity
    chance = facts.get(f"affinity_{as_name(category)}") if category else None
    if category and isinstance(chance, float) and 0 < chance < 1:
        more = math.log(chance / (1 - chance)) > rates["affinity_log_odds"][0]
        yield f"{'for it: likelier' if more else 'against it: less likely'} to buy in {category} than others told of it"
