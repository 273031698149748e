"""The decision of the night: what is known of each batch, the allocation over the whole book, the ledger's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import polars as pl

from persona.decisions import (
    Allocated,
    Considered,
    Plan,
    Terms,
    Weighed,
    allocated,
    considered,
    layered,
    memberships,
    planned,
    used_before,
    with_waves,
)
from persona.messages import Wording, wordings
from persona.messages.approvals import contents
from persona.messages.missing import missing
from persona.messages.recipe import blocks_in
from persona.offers import (
    Batch,
    Criteria,
    Refusals,
    asked,
    contact_history,
    distinct_conditions,
    occasions,
    open_waves,
    verdicts,
    waiting,
)
from persona.offers.besides import Numbers, besides, night_actions, night_rules, numbered
from persona.policy.actions import Action
from persona.policy.columns import columns_of
from persona.policy.policy import Policy
from persona.policy.rules import Compliance
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import profiled

__all__ = [
    "DECISION_TABLES",
    "Book",
    "Room",
    "book_of",
    "content_of",
    "decided",
    "refusals_of",
    "rolled_out",
    "room_of",
    "shared_out",
    "versions",
    "weighed_of",
    "worded",
]

DECISION_TABLES = (
    "decisions",
    "candidates",
    "verdicts",
    "planned_contacts",
    "constraints",
    "plans",
    "prices",
    "night_actions",
    "night_rules",
)

Profile = Callable[[Night, Sequence[int] | None], pl.DataFrame]
Again = Callable[[Considered, Sequence[int]], Considered]


@dataclass(frozen=True)
class Room:
    """What the whole night's decision goes by: action columns, their conditions, and what may not go out."""

    actions: tuple[Action, ...]
    criteria: Criteria
    unapproved: frozenset[str]
    profiled: frozenset[str]
    """Marketing that rests on profiling: not for those who have objected to it."""
    numbers: Numbers
    """Of the rules that are no conditions."""
    opened: Mapping[str, int] = field(default_factory=dict)
    """How many waves of each rollout are open."""


def room_of(night: Night) -> Room:
    """The action columns of the night and the distinct conditions on them."""
    policy = night.policy
    columns = columns_of(policy)
    criteria = distinct_conditions(
        columns, policy.catalog, policy.of(Compliance), day=night.as_of.day, read=policy.checked
    )
    unapproved = frozenset() if night.is_draft else _unapproved(night, columns)
    numbers = numbered(columns, policy.contact_on(night.as_of.day))
    return Room(columns, criteria, unapproved, profiled(policy, columns, criteria), numbers)


def rolled_out(night: Night, here: Room) -> Room:
    """The room with the waves that are open tonight, as the whole book has answered those before them."""
    rollouts = night.policy.contact.rollouts
    if not rollouts:
        return here
    outcomes = night.facts("outcomes")
    history = contact_history(night.store.contacts(), outcomes, actions=here.actions, as_of=night.as_of)
    return replace(here, opened=open_waves(rollouts, history, outcomes, as_of=night.as_of))


@dataclass(frozen=True)
class Book:
    """The whole book with every admissible action weighed, before it shares what is scarce."""

    room: Room
    known: tuple[Considered, ...]
    """Batch by batch."""
    proposals: pl.DataFrame
    customers: pl.DataFrame
    terms: Terms
    beyond: pl.DataFrame
    """Admissible pairs that are not among the best of their customer."""


def decided(night: Night, profile_of: Profile) -> Pieces:
    """The plan of the night, batch by batch: each is considered alone, then the book shares what is scarce."""
    book = book_of(night, profile_of)
    whole, here, holdouts = shared_out(night, book), book.room, night.policy.experiments.holdouts
    for number, batch in enumerate(book.known):
        yield _tables(
            planned(
                batch,
                whole,
                here.actions,
                as_of=night.as_of,
                run_id=night.run_id,
                holdouts=holdouts,
                versions=versions(night),
            ),
            is_first=number == 0,
        )
    contact = night.policy.contact_on(night.as_of.day)
    rules = night_rules(here.criteria, here.actions, contact)
    yield {"night_actions": night_actions(here.actions), "night_rules": rules}


def book_of(night: Night, profile_of: Profile, *, again: Again | None = None) -> Book:
    """The book of the night, each batch considered alone; ``again`` may see a batch otherwise before it is weighed."""
    here = rolled_out(night, room_of(night))
    terms = Terms.of(night.policy.constraints, here.actions, night.policy.checked)
    known: list[Considered] = []
    weighed: list[Weighed] = []
    for buckets in batches(night):
        batch, made = _weighed(night, here, terms, profile_of(night, buckets), buckets, again=again)
        known.append(batch)
        weighed.append(made)
    proposals, customers, beyond = (
        pl.concat([getattr(one, name) for one in weighed]) for name in ("proposals", "customers", "beyond")
    )
    return Book(here, tuple(known), proposals, customers, terms, beyond)


def weighed_of(night: Night, profile: pl.DataFrame, buckets: Sequence[int]) -> Weighed:
    """What the customers of some buckets could be given, each weighed as in the night; ``profile`` is theirs."""
    here = rolled_out(night, room_of(night))
    terms = Terms.of(night.policy.constraints, here.actions, night.policy.checked)
    return _weighed(night, here, terms, profile, buckets)[1]


def _weighed(
    night: Night, here: Room, terms: Terms, profile: pl.DataFrame, buckets: Sequence[int], *, again: Again | None = None
) -> tuple[Considered, Weighed]:
    batch = _considered(night, here, profile, buckets)
    batch = again(batch, buckets) if again else batch
    made = considered(
        batch,
        profile,
        _aligned(profile, night.table("propensities", buckets)),
        here.actions,
        as_of=night.as_of,
        read=night.policy.checked,
        terms=terms,
        holdouts=night.policy.experiments.holdouts,
        triggers=night.policy.triggers,
        curves=night.table("price_curves"),
        odds=_aligned(profile, night.table("inclinations", buckets)),
        layers=night.policy.experiments.layers,
    )
    return batch, made


def shared_out(
    night: Night, book: Book, *, terms: Terms | None = None, actions: Sequence[Action] | None = None
) -> Allocated:
    """What becomes of every proposal of the book; under other bounds or caps where terms or actions are given."""
    return allocated(
        book.proposals,
        actions or book.room.actions,
        units=book.customers,
        room=pl.concat([one.room for one in book.known]),
        limits=night.policy.contact_on(night.as_of.day).limits,
        terms=terms or book.terms,
        before=_before(night, book.room),
        beyond=book.beyond,
    )


def _tables(plan: Plan, *, is_first: bool) -> dict[str, pl.DataFrame]:
    """The tables of a batch; what is of the whole book comes with the first."""
    made = (plan.decisions, plan.candidates, plan.verdicts, plan.contacts)
    own = dict(zip(DECISION_TABLES, made, strict=False))
    whole = {"constraints": plan.constraints, "plans": plan.plans, "prices": plan.prices}
    return own | (whole if is_first else {})


def _before(night: Night, here: Room) -> dict[str, float]:
    """What contacts of the past add to constraints that look back."""
    limits = night.policy.constraints
    if all(one.days is None for one in limits.constraints):
        return {}
    history = contact_history(night.store.contacts(), night.facts("outcomes"), actions=here.actions, as_of=night.as_of)
    return used_before(history, here.actions, limits, read=night.policy.checked, day=night.as_of.day)


def versions(night: Night) -> dict[str, str]:
    """The version of each offer: the hash of what its file says."""
    return {content.id: content.hash for content in contents(night.policy) if content.kind == "offer"}


def _considered(night: Night, here: Room, profile: pl.DataFrame, buckets: Sequence[int]) -> Considered:
    units = _aligned(profile, night.table("units", buckets))
    said, arms = night.policy.experiments, night.store.arms()
    members = layered(memberships(units, said.holdouts, arms), said.layers, arms, day=night.as_of.day)
    refusals = refusals_of(night, here, profile, members, buckets)
    drawn = with_waves(members, night.policy.constraints.waves)
    found = refusals.asked
    return Considered(drawn, _verdicts(refusals, here), found.room, found.windows, found.occasions)


def _verdicts(refusals: Refusals, here: Room) -> pl.DataFrame:
    """The verdicts of a batch, and what refuses each action besides its conditions."""
    return verdicts(refusals, here.actions).with_columns(besides(refusals, here.actions, here.numbers))


def refusals_of(
    night: Night, here: Room, profile: pl.DataFrame, members: pl.DataFrame, buckets: Sequence[int] | None
) -> Refusals:
    """What refuses each action for each customer of ``profile``, each by itself; ``members`` has the same rows."""
    policy, contact = night.policy, night.policy.contact_on(night.as_of.day)
    batch = Batch(
        profile,
        members,
        consents={name: night.table(f"consents_{name}", buckets) for name in ("marketing", "service")},
        suppressions=night.table("suppressions", buckets),
        contacts=night.store.contacts(),
        outcomes=night.facts("outcomes", buckets),
        occasions=occasions(night.table("occurrences", buckets), policy.triggers, zone=night.as_of.zone),
    )
    answers = asked(batch, here.criteria, here.actions, contact, channels=policy.workspace.channels, as_of=night.as_of)
    return Refusals(
        answers,
        here.criteria,
        contact.limits,
        contact.cooloffs,
        here.unapproved,
        here.profiled,
        contact.spared,
        waiting(members, policy.contact.rollouts, here.opened),
    )


def _aligned(profile: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``other`` for the customers of ``profile``, in its order."""
    return profile.select("customer_no").join(other, on="customer_no", how="left", maintain_order="left")


def _unapproved(night: Night, columns: Sequence[Action]) -> frozenset[str]:
    """The actions whose offer, template or a block of it has no approval that holds on the day.

    Under rules that are only tried, those that have none under the rules as they are.
    """
    if night.approved_as is not None:
        return room_of(replace(night, policy=night.approved_as, approved_as=None)).unapproved
    policy = night.policy
    lacking = {
        (one.content.kind, one.content.id)
        for one in missing(contents(policy), policy.approvals.approvals, policy.approvers, day=night.as_of.day)
    }
    return frozenset(action.name for action in columns if lacking & content_of(action, night))


def worded(policy: Policy) -> Mapping[tuple[str, str, str], Wording]:
    """The wording of every template in every language of the workspace, by (channel, template, language)."""
    return _worded(_Kept(policy.hash, policy))


@dataclass(frozen=True)
class _Kept:
    """A policy that is known by its hash, so that its texts are read once in a night."""

    hash: str
    policy: Policy = field(compare=False)


@lru_cache(maxsize=1)
def _worded(kept: _Kept) -> Mapping[tuple[str, str, str], Wording]:
    policy = kept.policy
    return wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)


def content_of(action: Action, night: Night) -> set[tuple[str, str]]:
    """What an action may show and an approval must hold for: its offer, its template, all blocks that can be in it."""
    key = (action.channel, action.treatment.template)
    blocks = {
        ("block", name)
        for place, text in worded(night.policy).items()
        if place[:2] == key
        for offer in action.offer.told
        for name in blocks_in(offer, text, night.policy, day=night.as_of.day)
    }
    return {("offer", action.offer.offer), ("template", "/".join(key)), *blocks}
