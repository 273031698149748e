"""What the constraints of the book read of a batch: flags of its customers, amounts of its proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from persona.buckets import hashes
from persona.decisions.beyond import BEYOND
from persona.decisions.terms import Amount, Terms
from persona.policy.actions import Action, described

__all__ = ["Weighed", "weighed", "with_waves"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A batch as the allocation needs it."""

    proposals: pl.DataFrame
    customers: pl.DataFrame
    """``customer_no``, ``household_key``, ``tie`` (UInt64, a hash of the customer), ``wave``, ``flag_<n>``."""
    beyond: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BEYOND))
    """Admissible pairs that are no proposals, because so many others of the customer are worth more."""


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
    Makes: ``amount_<n>`` (Float32) in the order of ``terms.amounts``; ``unknown`` (UInt64, a bit for each amount whose
    number is not known).
    """
    known = profile.with_columns(units["wave"])
    flags = [flag.of(known).alias(f"flag_{number}") for number, flag in enumerate(terms.flags)]
    customers = units.select("customer_no", "household_key", "wave").with_columns(
        pl.Series("tie", hashes("tie", units["customer_id"]), dtype=pl.UInt64), *flags
    )
    if not terms.amounts:
        return Weighed(ranked.drop("expected_loss_minor").with_columns(unknown=pl.lit(0, pl.UInt64)), customers)
    asked = frozenset[str]().union(*(amount.reads for amount in terms.amounts))
    beside = known.with_columns(windows.drop("customer_no").get_columns()) if "send_hour" in asked else known
    own = [name for name in known.columns if name in asked]
    hours = [name for name in beside.columns if name.startswith("not_before_")] if "send_hour" in asked else []
    here = ranked.join(beside.select("customer_no", *own, *hours), on="customer_no", how="left", maintain_order="left")
    full = _full(here, actions, asked, zone)
    made = [full.select(_amount(one).alias(f"amount_{number}")) for number, one in enumerate(terms.amounts)]
    unknown = full.select(unknown=pl.sum_horizontal(_unknown(one, n) for n, one in enumerate(terms.amounts)))
    told = pl.concat([ranked.drop("expected_loss_minor"), unknown, *made], how="horizontal")
    return Weighed(told, customers)


def with_waves(units: pl.DataFrame, waves: int) -> pl.DataFrame:
    """The units, each with the part of the night that its household is in: ``wave``, 1 to ``waves``.

    Source: ``hashed("wave", household_key) % waves + 1``.
    """
    drawn = hashes("wave", units["household_key"]) % waves + 1 if waves > 1 else [1] * units.height
    return units.with_columns(wave=pl.Series(drawn, dtype=pl.Int64))


def _full(here: pl.DataFrame, actions: Sequence[Action], asked: frozenset[str], zone: str) -> pl.DataFrame:
    """The proposals with every column that the terms of pairs read."""
    catalogue = described(actions)
    names = [name for name in catalogue.columns if name in asked | {"channel"}]
    catalogue = catalogue.select(names).with_columns(action=pl.int_range(pl.len(), dtype=pl.Int16))
    catalogue = catalogue.with_columns(window=pl.Series([one.window for one in actions], dtype=pl.String))
    full = here.join(catalogue, on="action", how="left", maintain_order="left").with_columns(
        context=(100 + pl.col("context_percent")) / 100,
        lever=(100 + pl.col("lever_percent")) / 100,
        value_minor=pl.col("value_milli") / 1_000,
    )
    if "send_hour" not in asked:
        return full
    at = pl.lit(None, dtype=pl.Datetime("us"))
    for window in sorted({action.window for action in actions}):
        at = pl.when(pl.col("window") == window).then(f"not_before_{window}").otherwise(at)
    local = at.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return full.with_columns(send_hour=local.dt.hour().cast(pl.Int64))


def _met(one: Amount) -> pl.Expr:
    # The rank, which is never null, spreads a condition without columns over the rows.
    everyone = pl.col("rank") > 0
    return everyone & one.where.expr.fill_null(value=False) if one.where else everyone


def _amount(one: Amount) -> pl.Expr:
    number = one.number.expr.cast(pl.Float64).fill_null(0.0) if one.number else pl.lit(1.0)
    return pl.when(_met(one)).then(number).otherwise(0.0).cast(pl.Float32)


def _unknown(one: Amount, number: int) -> pl.Expr:
    """The bit of an amount whose number has to be known and is not; a share counts the unknown as not in it."""
    is_number = one.number is not None and one.number.dtype != pl.Boolean
    flag = _met(one) & one.number.expr.is_null() if one.number and is_number else pl.col("rank") < 0
    return flag.cast(pl.UInt64) * pl.lit(1 << number, pl.UInt64)
