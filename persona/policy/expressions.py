"""Where expressions stand in the rule files, and what each of them may speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from persona.policy.catalog import Catalog, Offer, Verdicts
from persona.policy.conditions import Checked, Wanted, checked
from persona.policy.constraints import Constraints
from persona.policy.fairness import Fairness
from persona.policy.model import FileModel
from persona.policy.needs import Needs
from persona.policy.places import Place
from persona.policy.prices import COLUMN
from persona.policy.rules import Compliance, Segment
from persona.policy.triggers import Trigger, readable
from persona.policy.vocabulary import Vocabulary
from persona.tables import CANONICAL
from persona.tables.contract import Column, Contract

__all__ = ["EXPRESSIONS", "KINDS", "Expression"]

KINDS = ("eligibility", "applicability", "suitability")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as it stands in a file, and the table whose columns it may read."""

    text: str
    place: Place
    table: Contract
    wants: Wanted = "condition"

    def checked(self) -> Checked:
        """The expression compiled.

        Raises: PolicyError with its file, line and column.
        """
        return checked(
            self.text,
            columns=dict(self.table.schema),
            place=self.place,
            wants=self.wants,
            kind_of_table=self.table.name,
        )


def _of_segment(segment: Segment, words: Vocabulary) -> Iterable[Expression]:
    yield Expression(segment.when, segment.place_of("when"), words.known_before_segments)


def _of_verdicts(
    file: FileModel, verdicts: Verdicts, path: Sequence[str | int], table: Contract
) -> Iterable[Expression]:
    for kind in KINDS:
        for number, condition in enumerate(getattr(verdicts, kind)):
            yield Expression(condition.when, file.place_of(*path, kind, number, "when"), table)


def _of_catalog(catalog: Catalog, words: Vocabulary) -> Iterable[Expression]:
    for name, issue in catalog.issues.items():
        yield from _of_verdicts(catalog, issue, ("issues", name), words.profile)
    for name, group in catalog.groups.items():
        yield from _of_verdicts(catalog, group, ("groups", name), words.profile)


def _of_offer(offer: Offer, words: Vocabulary) -> Iterable[Expression]:
    table = words.profile
    yield from _of_verdicts(offer, offer, (), table)
    for number, treatment in enumerate(offer.treatments):
        yield from _of_verdicts(offer, treatment, ("treatments", number), table)
    worth = table if offer.price is None else _with_price(table)
    yield Expression(offer.worth, offer.place_of("worth"), worth, "number")
    if offer.expected_loss:
        yield Expression(offer.expected_loss, offer.place_of("expected_loss"), worth, "number")
    if offer.price:
        yield from _of_prices(offer, table)
    for slot, text in offer.facts.items():
        yield Expression(text, offer.place_of("facts", slot), table, "value")
    for key, levers in (("levers", offer.levers), ("context", offer.context)):
        for number, lever in enumerate(levers):
            if lever.when:
                yield Expression(lever.when, offer.place_of(key, number, "when"), table)


def _of_prices(offer: Offer, table: Contract) -> Iterable[Expression]:
    ladder = offer.price
    if ladder and ladder.when:
        yield Expression(ladder.when, offer.place_of("price", "when"), _with_price(table))
    if ladder and ladder.bands:
        yield Expression(ladder.bands.by, offer.place_of("price", "bands", "by"), table, "value")
    if ladder and ladder.response.by:
        yield Expression(ladder.response.by, offer.place_of("price", "response", "by"), table, "value")


def _with_price(table: Contract) -> Contract:
    """What may be spoken of where a price is: the table's columns and the price itself."""
    price = Column(COLUMN, pl.Float64, "the price of the point that is weighed", "")
    return table.with_columns([price])


def _of_compliance(compliance: Compliance, words: Vocabulary) -> Iterable[Expression]:
    for number, rule in enumerate(compliance.rules):
        if rule.when:
            yield Expression(rule.when, compliance.place_of("rules", number, "when"), words.profile)


def _of_needs(needs: Needs, words: Vocabulary) -> Iterable[Expression]:
    for number, need in enumerate(needs.needs):
        yield Expression(need.when, needs.place_of("needs", number, "when"), words.profile)
        yield Expression(need.score, needs.place_of("needs", number, "score"), words.profile, "number")


def _of_trigger(trigger: Trigger, words: Vocabulary) -> Iterable[Expression]:
    if trigger.table is not None and trigger.where is not None:
        rows = CANONICAL[trigger.table]
        table = Contract(rows.name, rows.grain, rows.key, readable(trigger.table))
        yield Expression(trigger.where, trigger.place_of("where"), table)
    if trigger.when is not None:
        yield Expression(trigger.when, trigger.place_of("when"), words.known_before_triggers)
    if trigger.each is not None:
        yield Expression(trigger.each, trigger.place_of("each"), words.known_before_triggers, "value")


def _of_constraints(constraints: Constraints, words: Vocabulary) -> Iterable[Expression]:
    table = words.weighed
    for number, one in enumerate(constraints.constraints):
        at = ("constraints", number)
        wants: Wanted = "condition" if one.kind == "share" else "number"
        yield Expression(one.text, constraints.place_of(*at, one.kind), table, wants)
        if one.where:
            yield Expression(one.where, constraints.place_of(*at, "where"), table)


def _of_fairness(fairness: Fairness, words: Vocabulary) -> Iterable[Expression]:
    for number, watched in enumerate(fairness.watched):
        yield Expression(watched.by, fairness.place_of("watched", number, "by"), words.watched, "value")


EXPRESSIONS: tuple[tuple[type[FileModel], Callable[[Any, Vocabulary], Iterable[Expression]]], ...] = (
    (Segment, _of_segment),
    (Catalog, _of_catalog),
    (Offer, _of_offer),
    (Compliance, _of_compliance),
    (Fairness, _of_fairness),
    (Constraints, _of_constraints),
    (Needs, _of_needs),
    (Trigger, _of_trigger),
)
"""Each kind of file that holds expressions, and how they are found in it."""
