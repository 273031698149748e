"""Two plans side by side: last night and tonight, or tonight under two sets of rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from persona.tables.verdicts import MET, UNSUITABLE

__all__ = ["AMOUNTS", "SHARES", "Comparison", "Figure", "Side", "compared"]

AMOUNTS = ("customers", "messages", "value", "cost", "options", "without_options")
"""Figures of one plan: customers of the book, messages, their value and cost in minor units, marketing offers that a
customer has to choose from on average, and the share of customers who have none."""
SHARES = ("moved", "unsuitable")
"""Figures of two plans: customers whose marketing changes, customers for whom an offer is no longer suitable."""

_BOUND = ("slot", "constraint_id", "bound")
_SILENCE = "silence"


@dataclass(frozen=True)
class Side:
    """One plan."""

    name: str
    told: pl.DataFrame
    """One row a message: ``customer_no``, ``slot``, ``offer_id``, ``channel``, ``value_milli``, ``cost_minor``."""
    people: pl.DataFrame
    """One row a customer: ``customer_no``, ``segment`` (null: in none)."""
    standing: pl.DataFrame | None
    """``customer_no``, ``options``, ``stands_<offer>``; None where nothing is kept of it."""
    constraints: pl.DataFrame
    """``tables.decisions.CONSTRAINTS``."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of both plans; of what only two plans have together, ``after`` and its share of the customers."""

    name: str
    before: float | None
    after: float | None
    share: float | None
    """(after - before) / before; of customers who move, their part of those who are in both books."""


@dataclass(frozen=True)
class Comparison:
    """What another plan changes."""

    before: str
    after: str
    figures: Mapping[str, Figure]
    offers: pl.DataFrame
    """One row a class, offer and channel: messages ``before`` and ``after``, their ``value_`` and ``cost_`` (minor)."""
    channels: pl.DataFrame
    segments: pl.DataFrame
    constraints: pl.DataFrame
    """One row a bound: ``limit``, ``use``, ``price`` before and after; null where a plan does not have it."""
    moves: pl.DataFrame
    """One row a kind of change: ``change``, ``customers``."""
    paths: pl.DataFrame
    """One row a change from one marketing message (or silence) to another: ``was``, ``becomes``, ``customers``."""
    unsuitable: pl.DataFrame
    """One row an offer: ``customers`` whom it suited and no longer does, ``told`` (of them told of it before)."""

    def told(self) -> dict[str, Any]:
        """All of it as plain values."""
        figures = {
            name: {"before": one.before, "after": one.after, "share": one.share} for name, one in self.figures.items()
        }
        frames = ("offers", "channels", "segments", "constraints", "moves", "paths", "unsuitable")
        return {
            "before": self.before,
            "after": self.after,
            "figures": figures,
            **{name: getattr(self, name).to_dicts() for name in frames},
        }


def compared(before: Side, after: Side) -> Comparison:
    """What changes from one plan to another."""
    both = before.people.select("customer_no").join(after.people, on="customer_no", how="semi")
    steps = _steps(before, after)
    unsuitable, lost = _unsuitable(before, after)
    moved = int(steps.filter(pl.col("change").is_in(_MOVES))["customers"].sum())
    found = [
        *(_amount(name, _figure(name, before), _figure(name, after)) for name in AMOUNTS),
        Figure("moved", None, moved, moved / both.height if both.height else None),
        Figure("unsuitable", None, lost, lost / both.height if both.height and lost is not None else None),
    ]
    return Comparison(
        before.name,
        after.name,
        {one.name: one for one in found},
        _volumes(before.told, after.told, ["slot", "offer_id", "channel"]),
        _volumes(before.told, after.told, ["channel"]),
        _volumes(_with_segment(before), _with_segment(after), ["segment"]),
        _bounds(before.constraints, after.constraints),
        steps.group_by("change").agg(pl.col("customers").sum()).sort("customers", "change", descending=[True, False]),
        steps.filter(pl.col("change").is_in(_MOVES)).drop("change"),
        unsuitable,
    )


def _figure(name: str, side: Side) -> float | None:
    if name == "customers":
        return side.people.height
    if name == "messages":
        return side.told.height
    if name == "value":
        return int(side.told["value_milli"].sum()) / 1_000
    if name == "cost":
        return int(side.told["cost_minor"].sum())
    if side.standing is None or side.standing.is_empty():
        return None
    options = side.standing["options"]
    return int(options.sum()) / len(options) if name == "options" else int((options == 0).sum()) / len(options)


def _amount(name: str, before: float | None, after: float | None) -> Figure:
    change = None if before is None or after is None else after - before
    return Figure(name, before, after, _part(change, before))


def _part(part: float | None, whole: float | None) -> float | None:
    """A part of a whole; null without a whole, but nothing of nothing is 0."""
    if part is None or whole is None or (not whole and part):
        return None
    return part / whole if whole else 0.0


def _with_segment(side: Side) -> pl.DataFrame:
    return side.told.join(side.people.select("customer_no", "segment"), on="customer_no", how="left")


def _volumes(before: pl.DataFrame, after: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Messages and value on both sides; most messages first."""
    sides = [
        told.group_by(by).agg(
            pl.len().cast(pl.Int64).alias(name),
            (pl.col("value_milli").sum() / 1_000).round(0).cast(pl.Int64).alias(f"value_{name}"),
            pl.col("cost_minor").sum().alias(f"cost_{name}"),
        )
        for name, told in (("before", before), ("after", after))
    ]
    figures = [f"{kind}{side}" for kind in ("", "value_", "cost_") for side in ("before", "after")]
    beside = sides[0].join(sides[1], on=by, how="full", coalesce=True, nulls_equal=True)
    wanted = beside.select(*by, pl.col(figures).fill_null(0))
    return wanted.sort("after", "before", *by, descending=[True, True, *[False] * len(by)])


def _bounds(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    sides = [
        frame.select(*_BOUND, *_SAYS, *(pl.col(old).alias(f"{new}_{name}") for old, new in _OF_BOUND.items()))
        for name, frame in (("before", before), ("after", after))
    ]
    beside = sides[1].join(sides[0], on=[*_BOUND, *_SAYS], how="full", coalesce=True, nulls_equal=True)
    names = [f"{new}_{name}" for new in _OF_BOUND.values() for name in ("before", "after")]
    return beside.select(*_BOUND, *_SAYS, *names).sort(*_BOUND, *_SAYS)


_SAYS = ("kind", "unit")
_OF_BOUND = {"limit": "limit", "use": "use", "shadow_price": "price"}

_MOVES = ("other offer", "other channel", "now told", "now silent")
"""Changes of what a customer of both books is told by marketing."""


def _steps(before: Side, after: Side) -> pl.DataFrame:
    """How many customers go from each marketing message to each other one: ``change``, ``was``, ``becomes``."""
    sides = [
        side.people.select("customer_no").join(_messages(side.told), on="customer_no", how="left")
        .rename({"offers": f"offers_{name}", "words": name}).with_columns(pl.lit(value=True).alias(f"is_{name}"))
        for name, side in (("was", before), ("becomes", after))
    ]  # fmt: skip
    beside = sides[0].join(sides[1], on="customer_no", how="full", coalesce=True)
    change = (
        pl.when(pl.col("is_was").is_null()).then(pl.lit("new in the book"))
        .when(pl.col("is_becomes").is_null()).then(pl.lit("gone from the book"))
        .when(pl.col("was").eq_missing(pl.col("becomes"))).then(pl.lit("the same"))
        .when(pl.col("was").is_null()).then(pl.lit("now told"))
        .when(pl.col("becomes").is_null()).then(pl.lit("now silent"))
        .when(pl.col("offers_was") == pl.col("offers_becomes")).then(pl.lit("other channel"))
        .otherwise(pl.lit("other offer"))
    )  # fmt: skip
    told = beside.select(pl.col("was", "becomes").fill_null(_SILENCE), change=change)
    counted = told.group_by("change", "was", "becomes").agg(customers=pl.len().cast(pl.Int64))
    return counted.sort("customers", "was", "becomes", "change", descending=[True, False, False, False])


def _messages(told: pl.DataFrame) -> pl.DataFrame:
    """What marketing tells each customer: ``offers``, ``words`` (with the channels)."""
    here = told.filter(pl.col("slot") == "marketing").sort("customer_no", "offer_id", "channel")
    words = here.with_columns(words=pl.col("offer_id") + " by " + pl.col("channel"))
    return words.group_by("customer_no", maintain_order=True).agg(
        offers=pl.col("offer_id").str.join(" + "), words=pl.col("words").str.join(" + ")
    )


def _unsuitable(before: Side, after: Side) -> tuple[pl.DataFrame, int | None]:
    """By offer whom it suited and no longer does; and how many customers that is of some offer (None: not known)."""
    if before.standing is None or after.standing is None:
        return pl.DataFrame(schema=_UNSUITABLE), None
    beside = before.standing.join(after.standing, on="customer_no", how="inner", suffix="_after")
    rows, anywhere = [], pl.Series([False] * beside.height, dtype=pl.Boolean)
    for offer in _offers(before.standing):
        if f"stands_{offer}_after" in beside.columns:
            lost = (beside[f"stands_{offer}"] == MET) & (beside[f"stands_{offer}_after"] == UNSUITABLE)
            anywhere |= lost
            told = before.told.filter(pl.col("offer_id") == offer).select("customer_no").unique()
            both = beside.filter(lost).join(told, on="customer_no", how="semi").height
            rows.append((offer, int(lost.sum()), both))
    frame = pl.DataFrame(rows, schema=_UNSUITABLE, orient="row").filter(pl.col("customers") > 0)
    return frame.sort("customers", "offer_id", descending=[True, False]), int(anywhere.sum())


def _offers(standing: pl.DataFrame) -> Iterator[str]:
    return (name.removeprefix("stands_") for name in standing.columns if name.startswith("stands_"))


_UNSUITABLE = {"offer_id": pl.String, "customers": pl.Int64, "told": pl.Int64}
