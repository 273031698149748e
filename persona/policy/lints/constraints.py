"""Constraints over the whole book that cannot be meant: names that nothing has, bounds that no plan can keep.

What only the customers can show, such as a minimum that too few of them allow, is found before the night is decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from persona.errors import PolicyError
from persona.policy.actions import Action, actions, described, exclusive
from persona.policy.conditions import Checked
from persona.policy.constraints import Constraint, Constraints
from persona.policy.lints.comparisons import compared
from persona.policy.nearest import known_words
from persona.policy.threshold import Threshold, never_together
from persona.tables.decisions import OF_ACTIONS

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["OF_HISTORY", "clashing", "crossed", "unheard_of", "unreachable", "unremembered"]

OF_HISTORY = frozenset(column.name for column in OF_ACTIONS) - {"treatment_id", "price_point", "price", "day_slot"}
"""Columns that are known of contacts of the past, which a window may read."""

At = tuple[Constraints, int, Constraint]


def _all(policy: Policy) -> Iterator[At]:
    for file in policy.of(Constraints):
        yield from ((file, number, one) for number, one in enumerate(file.constraints))


def _checked(policy: Policy, at: At, key: str) -> Checked | None:
    file, number, _ = at
    return policy.compiled.get(file.place_of("constraints", number, key))


def unheard_of(policy: Policy) -> Iterator[PolicyError]:
    """Offers, groups, channels and the like that a constraint compares with and that there are none of."""
    for at in _all(policy):
        yield from _unheard_of(policy, at)


def _unheard_of(policy: Policy, at: At) -> Iterator[PolicyError]:
    file, number, one = at
    known = _known(policy)
    for key in (one.kind, "where"):
        text = one.text if key == one.kind else one.where
        if text is None or _checked(policy, at, key) is None:
            continue
        place = file.place_of("constraints", number, key)
        for column, word in compared(text):
            kind = column.removesuffix("_id").removesuffix("_before")
            if kind in known and word not in known[kind]:
                plural = {
                    "class": "Classes",
                    "day_slot": "Day slots",
                    "price_point": "Price points",
                    "risk_class": "Risk classes",
                }.get(kind, f"{kind.capitalize()}s")
                hint = known_words(word, known[kind], plural=plural)
                name = kind.replace("_", " ")
                yield PolicyError(f"unknown {name} {word!r}", where=str(place), hint=hint)


def _known(policy: Policy) -> Mapping[str, Collection[str]]:
    offers = policy.offers
    return {
        "offer": {one.offer for one in offers},
        "group": policy.catalog.groups,
        "issue": policy.catalog.issues,
        "campaign": {one.campaign_id for one in offers},
        "treatment": {treatment.id for one in offers for treatment in one.treatments},
        "channel": policy.workspace.channels,
        "class": ("marketing", "service", "regulatory"),
        "risk_class": ("low", "medium", "high"),
        "segment": {one.segment for one in policy.segments},
        "day_slot": {one.id for one in policy.contact.day_slots},
        "price_point": {point.id for one in offers if one.price for point in one.price.points},
    }


def clashing(policy: Policy) -> Iterator[PolicyError]:
    """Names that stand twice, and bounds that no plan can keep together, whoever the customers are."""
    every = list(_all(policy))
    first: dict[str, object] = {}
    for file, number, one in every:
        place = file.place_of("constraints", number, "id")
        before = first.setdefault(one.id, place)
        if before is not place:
            hint = f"It stands at {before} already; give one of them another name."
            yield PolicyError(f"constraint {one.id!r} stands twice", where=str(place), hint=hint)
        where = str(file.place_of("constraints", number, "min" if one.min is not None else "max"))
        if one.min is not None and one.max is not None and one.min > one.max:
            yield PolicyError(f"constraint {one.id!r} asks for at least {one.min} and at most {one.max}", where=where)
        bound = one.max if one.min is None else one.min
        if one.kind == "share" and bound is not None and not 0 <= bound <= 1:
            hint = "A share lies between 0 and 1: 10 % is 0.10."
            yield PolicyError(f"the bound of share {one.id!r} is {bound}", where=where, hint=hint)
    for (_, _, one), (file, number, other) in combinations(every, 2):
        if _same(one) == _same(other):
            least, most = max(_bound(one.min), _bound(other.min)), min(_bound(one.max, 1), _bound(other.max, 1))
            alone = any(_bound(each.min) > _bound(each.max, 1) for each in (one, other))
            if least > most and not alone:
                hint = "Both speak of the same contacts; raise the one or lower the other."
                what = f"constraints {one.id!r} and {other.id!r} ask for at least {least} and at most {most}"
                yield PolicyError(what, where=str(file.place_of("constraints", number, "id")), hint=hint)


def _same(one: Constraint) -> tuple[object, ...]:
    return one.kind, one.text, one.where, one.classes, one.days, one.mode


def _bound(bound: Decimal | None, sign: int = -1) -> Decimal:
    return Decimal(sign) * Decimal("Infinity") if bound is None else bound


def unreachable(policy: Policy) -> Iterator[PolicyError]:
    """Constraints that speak of no offer at all, and minimums that the caps of their offers stand against."""
    every = _actions(policy)
    if every is None:
        return
    frame = described(every)
    nothing = {c.name: pl.lit(None, c.dtype) for c in policy.vocabulary.weighed.columns if c.name not in frame.columns}
    frame = frame.with_columns(**nothing)
    for at in _all(policy):
        file, number, one = at
        where = _checked(policy, at, "where")
        if (one.where and where is None) or any(_unheard_of(policy, at)) or _excludes_itself(where):
            # What other lints tell explains why it speaks of nothing.
            continue
        # What hangs on the customer is unknown here: it may be met.
        met = frame.with_columns(x=where.expr if where else pl.lit(value=True))["x"].to_list()
        reached = [each for each, may in zip(every, met, strict=True) if each.slot in one.classes and may is not False]
        if where and _is_of_no_wave(file, where):
            place = file.place_of("constraints", number, "where")
            hint = f"Waves are numbered from 1 to {file.waves}, as `waves` says."
            yield PolicyError(f"constraint {one.id!r} speaks of no wave", where=str(place), hint=hint)
        elif not reached:
            place = file.place_of("constraints", number, "where" if one.where else "classes")
            hint = "It would hold whatever is sent; take it away, or widen `where` and `classes`."
            yield PolicyError(f"constraint {one.id!r} speaks of no offer", where=str(place), hint=hint)
        else:
            yield from _over_caps(at, reached)


def _excludes_itself(where: Checked | None) -> bool:
    thresholds = [part.threshold for part in where.parts if part.threshold] if where else []
    return any(never_together(one, other) for one, other in combinations(thresholds, 2))


def _is_of_no_wave(file: Constraints, where: Checked) -> bool:
    there = Threshold("wave", "between", (1, file.waves))
    return any(part.threshold is not None and never_together(part.threshold, there) for part in where.parts)


def _over_caps(at: At, reached: Collection[Action]) -> Iterator[PolicyError]:
    file, number, one = at
    caps = {action.offer.offer: action.offer.cap for action in reached}
    known = [cap for cap in caps.values() if cap is not None]
    is_count = one.kind == "sum" and one.text == "1" and one.days is None and one.is_enforced
    if is_count and one.min is not None and len(known) == len(caps) and sum(known) < one.min:
        hint = f"Its offers may go to {sum(known)} customers a night; lower the min, or raise their `cap`."
        where = str(file.place_of("constraints", number, "min"))
        yield PolicyError(f"the minimum {one.min} of {one.id!r} cannot be met", where=where, hint=hint)


def _actions(policy: Policy) -> tuple[Action, ...] | None:
    """The action columns; None where other lints say why there are none."""
    if not policy.offers or any(one.group not in policy.catalog.groups for one in policy.offers):
        return None
    names = [(one.offer, treatment.id) for one in policy.offers for treatment in one.treatments]
    if len(names) > len(set(names)):
        return None
    slots = policy.contact.day_slots
    return actions(
        policy.offers, policy.catalog, zone=policy.workspace.zone, by_price=_reads_prices(policy), slots=slots
    )


def _reads_prices(policy: Policy) -> bool:
    """Whether a constraint tells prices apart; one that cannot be read does not."""
    read = (_checked(policy, at, key) for at in _all(policy) for key in (at[2].kind, "where"))
    return any(one.columns & {"price", "price_point"} for one in read if one)


def unremembered(policy: Policy) -> Iterator[PolicyError]:
    """Windows over columns that nothing is remembered of."""
    for at in _all(policy):
        file, number, one = at
        if one.days is None:
            continue
        for key in (one.kind, "where"):
            checked = _checked(policy, at, key)
            known = OF_HISTORY | {f"uses_{word}" for word in policy.vocabulary.uses}
            foreign = sorted(checked.columns - known) if checked else []
            if foreign:
                hint = f"Of contacts of the past is known: {', '.join(sorted(known))}."
                what = f"a window of days cannot look back on {', '.join(foreign)}"
                yield PolicyError(what, where=str(file.place_of("constraints", number, key)), hint=hint)


def crossed(policy: Policy) -> Iterator[PolicyError]:
    """Several offers a customer, of which two could be the same contact: one campaign on one channel."""
    for file in policy.of(Constraints):
        every = _actions(policy) if file.per_customer > 1 else None
        first: dict[tuple[str, str], Action] = {}
        for action in every or ():
            before = first.setdefault((action.offer.campaign_id, action.channel), action)
            if exclusive(before, file.one_of_each) != exclusive(action, file.one_of_each):
                hint = "A customer could get both at once; put them into one group, or on one campaign each."
                what = f"{before.name} and {action.name} are of one campaign and channel, and do not exclude each other"
                yield PolicyError(what, where=str(action.offer.place_of("campaign")), hint=hint)
