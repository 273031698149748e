"""What the constraints of the book read of a batch: flags of its customers, amounts of its proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from persona.buckets import hashes
from persona.decisions.terms import Term, Terms
from persona.policy.actions import Action, described
from persona.tables.decisions import OF_ACTIONS

__all__ = ["Weighed", "weighed", "with_waves"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A batch as the allocation needs it."""

    proposals: pl.DataFrame
    customers: pl.DataFrame
    """``customer_no``, ``household_key``, ``tie`` (UInt64, a hash of the customer), ``wave``, ``flag_<n>``."""


def weighed(
    ranked: pl.DataFrame,
    units: pl.DataFrame,
    profile: pl.DataFrame,
    windows: pl.DataFrame,
    actions: Sequence[Action],
    terms: Terms,
    *,
    zone: str,
) -> Weighed:
    """The proposals with their amounts, and the customers with their flags.

    Grain: the rows of ``ranked`` and of ``units``, in their order; ``units`` (which have their ``wave``), ``profile``
    and ``windows`` have the same customers in the same order.
    Makes: ``amount_<n>`` (Float32) in the order of ``terms.amounts``; ``within_<n>`` (whether an average or share of
    pairs speaks of it); ``unknown`` (the place of the first term of pairs whose number is not known; null: none).
    """
    known = profile.with_columns(units["wave"])
    flags = [flag.of(known).alias(f"flag_{number}") for number, flag in enumerate(terms.flags)]
    customers = units.select("customer_no", "household_key", "wave").with_columns(
        pl.Series("tie", hashes("tie", units["customer_id"]), dtype=pl.UInt64), *flags
    )
    if not terms.of_pairs:
        return Weighed(ranked.drop("expected_loss_minor").with_columns(unknown=pl.lit(None, pl.Int16)), customers)
    asked = frozenset[str]().union(*(_read(term) for term in terms.of_pairs))
    beside = known.with_columns(windows.drop("customer_no").get_columns()) if "send_hour" in asked else known
    own = [name for name in known.columns if name in asked]
    hours = [name for name in beside.columns if name.startswith("not_before_")] if "send_hour" in asked else []
    here = ranked.join(beside.select("customer_no", *own, *hours), on="customer_no", how="left", maintain_order="left")
    return Weighed(_with_amounts(ranked, _full(here, actions, asked, zone), terms), customers)


def with_waves(units: pl.DataFrame, waves: int) -> pl.DataFrame:
    """The units, each with the part of the night that its household is in: ``wave``, 1 to ``waves``.

    Source: ``hashed("wave", household_key) % waves + 1``.
    """
    drawn = hashes("wave", units["household_key"]) % waves + 1 if waves > 1 else [1] * units.height
    return units.with_columns(wave=pl.Series(drawn, dtype=pl.Int64))


def _read(term: Term) -> frozenset[str]:
    return term.number.columns | (term.where.columns if term.where else frozenset())


def _full(here: pl.DataFrame, actions: Sequence[Action], asked: frozenset[str], zone: str) -> pl.DataFrame:
    """The proposals with every column that the terms of pairs read."""
    names = [column.name for column in OF_ACTIONS if column.name in asked | {"channel"}]
    catalogue = described(actions).select(names).with_columns(action=pl.int_range(pl.len(), dtype=pl.Int16))
    full = here.join(catalogue, on="action", how="left", maintain_order="left").with_columns(
        context=(100 + pl.col("context_percent")) / 100,
        lever=(100 + pl.col("lever_percent")) / 100,
        value_minor=pl.col("value_milli") / 1_000,
    )
    if "send_hour" not in asked:
        return full
    at = pl.lit(None, dtype=pl.Datetime("us"))
    for channel in sorted({action.channel for action in actions}):
        at = pl.when(pl.col("channel") == channel).then(f"not_before_{channel}").otherwise(at)
    local = at.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return full.with_columns(send_hour=local.dt.hour().cast(pl.Int64))


def _with_amounts(ranked: pl.DataFrame, full: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    columns = []
    unknown = pl.lit(None, dtype=pl.Int16)
    for place, term in reversed(list(enumerate(terms.terms))):
        if term.is_of_pairs:
            is_asked = _within(term) & term.number.expr.is_null() if term.constraint.kind != "share" else None
            if is_asked is not None:
                unknown = pl.when(is_asked).then(pl.lit(place, dtype=pl.Int16)).otherwise(unknown)
    for number, (term, bound) in enumerate(terms.amounts):
        columns.append(_amount(term, bound).alias(f"amount_{number}"))
        if term.is_ratio:
            columns.append(_within(term).alias(f"within_{number}"))
    made = full.select(unknown.alias("unknown"), *columns)
    return ranked.drop("expected_loss_minor").hstack(made)


def _within(term: Term) -> pl.Expr:
    # The rank, which is never null, spreads a condition without columns over the rows.
    everyone = pl.col("rank") > 0
    return everyone & term.where.expr.fill_null(value=False) if term.where else everyone


def _amount(term: Term, bound: str) -> pl.Expr:
    """What a pair adds; of an average or a share, by how much it is above the bound."""
    number = term.number.expr
    told = number.fill_null(value=False) if term.constraint.kind == "share" else number.fill_null(0)
    amount = told.cast(pl.Float64) - (dict(term.bounds())[bound] if term.is_ratio else 0.0)
    return pl.when(_within(term)).then(amount).otherwise(0.0).cast(pl.Float32)
