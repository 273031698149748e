"""The workspace's own words as table contracts: products, subjects, categories, topics, segments and extra columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from persona.policy.rules import Categories, Compliance, Segment
from persona.policy.source import ColumnRule, Source
from persona.policy.triggers import Trigger, kept_columns
from persona.policy.workspace import CHANNELS, Workspace
from persona.tables import profile as tables
from persona.tables.contract import Column, Contract, PolarsType
from persona.tables.decisions import OF_ACTIONS, OF_CUSTOMERS, OF_PAIRS
from persona.tables.foundation import CANONICAL
from persona.tables.words import groups

__all__ = ["EXTRA_TYPES", "Vocabulary", "extra_columns"]

EXTRA_TYPES: dict[str, PolarsType] = {
    "text": pl.String,
    "integer": pl.Int64,
    "decimal": pl.Float64,
    "date": pl.Date,
    "instant": pl.Datetime("us"),
    "boolean": pl.Boolean,
}
"""The types that a source can give to a column of its own."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The contracts of the tables whose columns follow from the workspace's words."""

    categories: tuple[str, ...]
    """Leaves that are spending, and the groups above them, sorted."""
    attributes: Contract
    holdings: Contract
    signals: Contract
    phases: Contract
    """The lifecycle: with what is above, circumstances, leanings and patterns what a segment's condition may read."""
    segments: Contract
    scores: Contract
    circumstances: Contract
    leanings: Contract
    patterns: Contract
    forecasts: Contract
    triggers: Contract
    asked: Contract
    """What compliance rules read of customers and no source gives: never known."""
    watched: Contract
    """What fairness may be measured by, also what nothing that decides may read."""
    uses: tuple[str, ...] = ()
    """What contacts use besides money, as offers name it."""

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        sources: Sequence[Source],
        categories: Categories | None,
        segments: Sequence[Segment],
        compliance: Sequence[Compliance] = (),
        triggers: Sequence[Trigger] = (),
        uses: Sequence[str] = (),
    ) -> Vocabulary:
        """The contracts that follow from the workspace's files."""
        words = spending_words(categories)
        own = [c for s in sources if s.into == "customers" for c in extra_columns(s)]
        # What could single a person out is no feature, unless the workspace allows it by name.
        extras = {c.name: c for c in own if c.pii == "none" or (c.pii == "quasi" and c.name in workspace.features)}
        attributes = tables.attributes(extras.values())
        asked = tuple(column for column in _asked_for(compliance) if column.name not in attributes)
        segment_table = tables.segments([segment.segment for segment in segments])
        phases = ("customer_no", "lifecycle", "lifecycle_before", "segment_before")
        return cls(
            words,
            attributes,
            tables.holdings(workspace.products),
            tables.signals(words, workspace.subjects, workspace.topics),
            Contract("phases", segment_table.grain, segment_table.key, tuple(segment_table[name] for name in phases)),
            segment_table,
            tables.scores(words),
            tables.circumstances(),
            tables.leanings(CHANNELS),
            tables.patterns(),
            tables.forecasts(groups(words)),
            tables.triggers({one.trigger: kept_columns(one) for one in triggers}),
            Contract("asked", attributes.grain, attributes.key, (attributes["customer_no"], *asked)),
            tables.attributes([CANONICAL["customers"]["gender"], *(c for c in own if c.pii != "direct")]),
            tuple(uses),
        )

    @property
    def known_before_segments(self) -> Contract:
        """What the condition of a segment may speak of."""
        parts = (self.attributes, self.holdings, self.signals, self.phases, self.circumstances)
        return tables.profile(*parts, self.leanings, self.patterns)

    @property
    def weighed(self) -> Contract:
        """What constraints over the whole book may speak of: an action of a customer."""
        uses = (Column(f"uses_{word}", pl.Float64, "what a contact uses of it", "") for word in self.uses)
        columns = (*self.profile.columns, *OF_CUSTOMERS, *OF_ACTIONS, *uses, *OF_PAIRS)
        return Contract("an action of a customer", "one row a customer and action", ("customer_no",), columns)

    @property
    def known_before_triggers(self) -> Contract:
        """What the state of a trigger may speak of."""
        first = (self.attributes, self.holdings, self.signals, self.segments, self.scores)
        return tables.profile(*first, self.circumstances, self.leanings, self.patterns, self.forecasts)

    @property
    def profile(self) -> Contract:
        """What offers and rules may speak of."""
        return tables.profile(self.known_before_triggers, self.triggers, self.asked)


def spending_words(categories: Categories | None) -> tuple[str, ...]:
    """The leaves that are spending and the groups above them, sorted."""
    leaves = [word for word, leaf in categories.categories.items() if leaf.is_spend] if categories else []
    groups = {word.rpartition(".")[0] for word in leaves} - {""}
    return tuple(sorted({*leaves, *groups}))


def extra_columns(source: Source) -> tuple[Column, ...]:
    """The columns that a source declares beyond its table's contract; direct identifiers are tokens, thus text."""
    contract = CANONICAL.get(source.into)
    own = {name: rule for name, rule in source.columns.items() if contract is None or name not in contract}
    return tuple(_extra(name, rule) for name, rule in own.items())


def _asked_for(compliance: Sequence[Compliance]) -> list[Column]:
    """The columns that compliance rules read beyond those that there always are."""
    asked = {name: kind for file in compliance for name, kind in file.columns.items()}
    return [Column(name, EXTRA_TYPES[kind], "asked for by rules", "not known") for name, kind in asked.items()]


def _extra(name: str, rule: ColumnRule) -> Column:
    pii = rule.pii or "none"
    dtype = pl.String if pii == "direct" else EXTRA_TYPES[rule.type or "text"]
    return Column(name, dtype, "declared by the source", pii=pii)
