"""The night's decision: value and rank batch by batch, allocation over the whole book, the ledger batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from persona.clock import AsOf
from persona.decisions import ledger
from persona.decisions.allocation import allocated
from persona.decisions.proposals import proposals
from persona.decisions.value import Reader, factors
from persona.policy.actions import Action
from persona.policy.rules import Holdout, Limit

__all__ = ["Considered", "Plan", "considered", "decide", "planned"]


@dataclass(frozen=True, slots=True)
class Considered:
    """What is known of a batch of whole households before the allocation; every frame has the rows of ``units``."""

    units: pl.DataFrame
    """``customer_no``, ``customer_id``, ``household_key`` and the holdouts, as ``memberships`` makes them."""
    verdicts: pl.DataFrame
    room: pl.DataFrame
    windows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided, and all that it can be explained by."""

    decisions: pl.DataFrame
    candidates: pl.DataFrame
    verdicts: pl.DataFrame
    contacts: pl.DataFrame


def considered(
    batch: Considered,
    profile: pl.DataFrame,
    propensities: pl.DataFrame,
    actions: Sequence[Action],
    *,
    as_of: AsOf,
    read: Reader,
    holdouts: Sequence[Holdout] = (),
) -> pl.DataFrame:
    """The proposals of a batch: every admissible action with its factors, ranked."""
    offers = {action.offer.offer: action.offer for action in actions}.values()
    worths = factors(profile, offers, day=as_of.day, read=read)
    return proposals(batch.verdicts, worths, propensities, batch.units, actions, holdouts=holdouts)


def planned(
    batch: Considered,
    settled: pl.DataFrame,
    actions: Sequence[Action],
    *,
    as_of: AsOf,
    run_id: str,
    holdouts: Sequence[Holdout] = (),
    versions: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of a batch, from the batch's rows of what was allocated over the whole book."""
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
    )
    return Plan(
        decisions,
        ledger.candidates(settled, actions, day=as_of.day),
        ledger.settled(batch.verdicts, settled, actions),
        ledger.contacts(decisions, batch.units, actions, as_of=as_of),
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
    versions: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of a book that is one batch: the same as batch by batch."""
    ranked = considered(book, profile, propensities, actions, as_of=as_of, read=read, holdouts=holdouts)
    settled = allocated(ranked, actions, units=book.units, room=book.room, limits=limits)
    return planned(book, settled, actions, as_of=as_of, run_id=run_id, holdouts=holdouts, versions=versions)
