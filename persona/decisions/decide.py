"""The night's decision: value and rank batch by batch, allocation over the whole book, the ledger batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from persona.clock import AsOf
from persona.decisions import ledger
from persona.decisions.allocation import Allocated, allocated
from persona.decisions.beyond import beyond
from persona.decisions.layers import left_out
from persona.decisions.prices import with_prices
from persona.decisions.proposals import proposals
from persona.decisions.terms import Terms
from persona.decisions.value import Reader, factors, hours_off
from persona.decisions.weighing import Weighed, weighed
from persona.policy.actions import Action
from persona.policy.constraints import Constraints
from persona.policy.rules import Holdout, Layer, Limit
from persona.policy.triggers import Trigger, urgencies

__all__ = ["Considered", "Plan", "considered", "decide", "planned"]


@dataclass(frozen=True, slots=True)
class Considered:
    """What is known of a batch of whole households before the allocation; every frame has the rows of ``units``."""

    units: pl.DataFrame
    """``customer_no``, ``customer_id``, ``household_key``, ``wave`` and the holdouts, as ``memberships`` makes them."""
    verdicts: pl.DataFrame
    room: pl.DataFrame
    windows: pl.DataFrame
    occasions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ledger.OCCASIONS))
    """What an offer answers: ``customer_no``, ``offer_id``, ``occasion``, ``expires_utc``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided, and all that it can be explained by."""

    decisions: pl.DataFrame
    candidates: pl.DataFrame
    verdicts: pl.DataFrame
    contacts: pl.DataFrame
    constraints: pl.DataFrame
    """Of the whole book, as ``plans`` is."""
    plans: pl.DataFrame
    prices: pl.DataFrame


def considered(
    batch: Considered,
    profile: pl.DataFrame,
    propensities: pl.DataFrame,
    actions: Sequence[Action],
    *,
    as_of: AsOf,
    read: Reader,
    terms: Terms,
    holdouts: Sequence[Holdout] = (),
    triggers: Sequence[Trigger] = (),
    curves: pl.DataFrame | None = None,
    layers: Sequence[Layer] = (),
    odds: pl.DataFrame | None = None,
) -> Weighed:
    """The proposals of a batch: every admissible action at every open price with its factors, ranked, and what
    constraints read of it; ``curves`` say how prices are answered (``prices.CURVES``), and ``odds``, which has the
    customers of ``profile`` in its order, how far they lean to channels and parts of the day (``value.inclined``).
    """
    offers = {action.offer.offer: action.offer for action in actions}.values()
    plain = factors(profile, offers, day=as_of.day, read=read, urgencies=urgencies(triggers))
    slots = {one.hours.id: one.hours for one in actions if one.hours}.values()
    worths = with_prices(plain, profile, offers, curves, read).with_columns(hours_off(profile, slots).get_columns())
    if odds is not None:
        worths = worths.hstack(odds.drop("customer_no").get_columns())
    ranked = proposals(batch.verdicts, worths, propensities, batch.units, actions, holdouts=holdouts)
    if layers:
        offered = pl.Series("offer_id", [one.offer.offer for one in actions], dtype=pl.String)
        named = ranked.with_columns(offered.gather(ranked["action"].cast(pl.UInt32)))
        most = terms.limits.per_customer
        ranked = left_out(named, batch.units, layers, most=most, day=as_of.day).drop("offer_id")
    aside = beyond(ranked, columns=len(actions))
    if aside.height:
        ranked = ranked.join(aside, on=["customer_no", "action"], how="anti", maintain_order="left")
    made = weighed(ranked, batch.units, profile, batch.windows, actions, terms, zone=as_of.zone)
    return replace(made, beyond=aside)


def planned(
    batch: Considered,
    whole: Allocated,
    actions: Sequence[Action],
    *,
    as_of: AsOf,
    run_id: str,
    holdouts: Sequence[Holdout] = (),
    versions: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of a batch, from what was allocated over the whole book."""
    customers = batch.units.select("customer_no")
    settled = whole.proposals.join(customers, on="customer_no", how="semi", maintain_order="left")
    decisions = ledger.decisions(
        settled,
        batch.verdicts,
        batch.units,
        batch.windows,
        actions,
        as_of=as_of,
        run_id=run_id,
        holdouts=holdouts,
        versions=versions,
        occasions=batch.occasions,
    )
    return Plan(
        decisions,
        ledger.candidates(settled, actions, day=as_of.day),
        ledger.settled(batch.verdicts, settled, actions, whole.closed),
        ledger.contacts(decisions, batch.units, actions, as_of=as_of),
        whole.constraints,
        whole.plans,
        whole.prices,
    )


def decide(
    book: Considered,
    profile: pl.DataFrame,
    propensities: pl.DataFrame,
    actions: Sequence[Action],
    *,
    as_of: AsOf,
    run_id: str,
    read: Reader,
    holdouts: Sequence[Holdout] = (),
    limits: Sequence[Limit] = (),
    constraints: Constraints | None = None,
    before: Mapping[str, float] | None = None,
    versions: Mapping[str, str] | None = None,
    curves: pl.DataFrame | None = None,
    layers: Sequence[Layer] = (),
    odds: pl.DataFrame | None = None,
) -> Plan:
    """The plan of a book that is one batch: the same as batch by batch."""
    terms = Terms.of(constraints or Constraints(), actions, read)
    known = considered(
        book,
        profile,
        propensities,
        actions,
        as_of=as_of,
        read=read,
        terms=terms,
        holdouts=holdouts,
        curves=curves,
        layers=layers,
        odds=odds,
    )
    whole = allocated(
        known.proposals,
        actions,
        units=known.customers,
        room=book.room,
        limits=limits,
        terms=terms,
        before=before,
        beyond=known.beyond,
    )
    return planned(book, whole, actions, as_of=as_of, run_id=run_id, holdouts=holdouts, versions=versions)
