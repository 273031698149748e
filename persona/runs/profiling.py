"""Objection to profiling: what is inferred of whom, which marketing rests on it, and what is told of who objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from persona import scores
from persona.offers import Criteria, Refusal
from persona.policy.actions import Action
from persona.policy.catalog import Offer
from persona.policy.explain import Failing
from persona.policy.policy import Policy
from persona.policy.prices import COLUMN
from persona.policy.triggers import Trigger
from persona.runs.plan import Night, batches
from persona.tables.wide import withheld

__all__ = [
    "learned_from",
    "objectors",
    "of_others",
    "plain_columns",
    "plain_facts",
    "plain_refusals",
    "profiled",
    "unprofiled",
]

FIT_SAMPLE = 50_000
"""Customers that answers, of which there are few, are learnt from."""
PURCHASE_SAMPLE = 20_000
"""Customers that patterns, affinity and forecasts are learnt from. Measured on 10,000 others of the sample bank: 20,000
gave a log-loss of .2488 in affinity and .136 in attrition, 50,000 of .2488 and .137."""


def objectors(night: Night, buckets: Sequence[int]) -> pl.Series:
    """The numbers of the customers of some buckets who object to profiling."""
    known = night.table("attributes", buckets)
    return known.filter(~pl.col("allows_profiling"))["customer_no"]


def learned_from(night: Night) -> pl.DataFrame:
    """The customers that tonight's models are fitted on, by customer_no; nobody who objects to profiling.

    Source: GDPR, article 21(2): the objection is to the profiling itself, of which a fit is a part.
    """
    objected = pl.concat([objectors(night, buckets) for buckets in batches(night)])
    return scores.fit_sample(of_others(night.store.crosswalk(), objected), most=PURCHASE_SAMPLE)


def of_others(rows: pl.DataFrame, objected: pl.Series) -> pl.DataFrame:
    """The rows that are not of those who object to profiling."""
    return rows.filter(~pl.col("customer_no").is_in(objected.implode()))


def unprofiled(night: Night, made: pl.DataFrame, buckets: Sequence[int]) -> pl.DataFrame:
    """What was inferred of the customers of some buckets, with null in every column of those who have objected."""
    return withheld(made, objectors(night, buckets))


def profiled(policy: Policy, actions: Sequence[Action], criteria: Criteria) -> frozenset[str]:
    """The marketing, as ``offer/treatment``, that rests on more than who the customer is and what he holds.

    It does where a condition, a value, a weight or a fact that is shown reads what he does or what follows from it,
    where that makes it urgent, or where his affinity moves the propensity.
    """
    plain = plain_columns(policy)
    of_offer = {action.offer.offer: _columns(policy, action.offer) for action in actions}
    return frozenset(
        action.name
        for action in actions
        if action.slot == "marketing"
        and (action.offer.propensity.affinity or (of_offer[action.offer.offer] | _asked(criteria, action)) - plain)
    )


def plain_columns(policy: Policy) -> frozenset[str]:
    """The columns of the profile that say who a customer is, what he holds, and what follows from those alone."""
    words = policy.vocabulary
    plain = {column.name for part in (words.attributes, words.holdings) for column in part.columns}
    for one in policy.triggers:
        if one.table is None and all(policy.checked(one, key).columns <= plain for key in _states(one)):
            plain |= {name for name in words.triggers.schema if name in (one.column, f"{one.column}_days")}
    return frozenset(plain)


def plain_facts(facts: Mapping[str, object], plain: Collection[str]) -> dict[str, object]:
    """The facts of who objects, with null in every column that was reckoned of him."""
    return {name: value if name in plain else None for name, value in facts.items()}


def plain_refusals(refusals: Sequence[Refusal], plain: Collection[str]) -> tuple[Refusal, ...]:
    """What refuses an offer to who objects, without what was reckoned of him.

    Where his objection refuses it, a condition over what was reckoned is not told at all; elsewhere, as for service
    that reads it by law or contract, the condition is told and not what was read.
    """
    is_objection = any((one.letter, one.id) == ("C", "profiling") for one in refusals)
    told = []
    for one in refusals:
        failing = tuple(part for part in one.failing if _is_plain(part, plain))
        if len(failing) == len(one.failing):
            told.append(one)
        elif not is_objection:
            told.append(replace(one, failing=failing, change=()))
    return tuple(told)


def _is_plain(part: Failing, plain: Collection[str]) -> bool:
    """Whether a part of a condition tells nothing that was reckoned: what is unknown tells nothing."""
    return all(name in plain or value is None for name, value in part.read)


def _asked(criteria: Criteria, action: Action) -> set[str]:
    return {name for index in criteria.of_action[action.index] for name in criteria.items[index].when.columns}


def _columns(policy: Policy, offer: Offer) -> set[str]:
    urgent = {one.column for one in policy.triggers if one.urgency and offer.offer in one.offers}
    read = (policy.checked(offer, *path).columns for path in _paths(offer))
    return urgent.union(*read) - {COLUMN}


def _states(trigger: Trigger) -> list[str]:
    return [key for key in ("when", "each") if getattr(trigger, key)]


def _paths(offer: Offer) -> Iterator[tuple[str | int, ...]]:
    """Where the expressions of an offer stand, besides its conditions."""
    yield ("worth",)
    if offer.price and offer.price.when:
        yield "price", "when"
    if offer.price and offer.price.bands:
        yield "price", "bands", "by"
    for key, levers in (("context", offer.context), ("levers", offer.levers)):
        yield from ((key, number, "when") for number, lever in enumerate(levers) if lever.when)
    yield from (("facts", name) for name in offer.facts)
