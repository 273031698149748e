"""The data-quality invoice: what each thing that is not known withholds, in customers and in expected value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from persona.offers.conditions import Criteria, Criterion
from persona.policy.policy import Policy
from persona.runs.deciding import Room, room_of
from persona.runs.plan import Night
from persona.store import RunRow, Store

__all__ = ["SCHEMA", "invoice"]

SCHEMA = {
    "column": pl.String,
    "table": pl.String,
    "sources": pl.String,
    "owners": pl.String,
    "condition": pl.String,
    "customers": pl.Int64,
    "only_for_it": pl.Int64,
    "value_minor": pl.Int64,
}


def invoice(night: Night) -> pl.DataFrame:
    """One row a column and condition, the dearest first; no rows before the first night is finished.

    Makes: ``customers`` of whom the column is not known, so that the condition is unknown and blocks; ``only_for_it``:
    those who meet every other condition of an offer that asks it; ``value_minor``: for each of them the best of those
    offers, at what it was worth on the mean of the customers it was considered for. It is an estimate: what would turn
    out, were it known, may also be a no.
    """
    store, row = night.store, _newest(night.store)
    if row is None:
        return pl.DataFrame(schema=SCHEMA)
    profile = store.evidence(row.run_id, "profile").collect()
    if "allows_profiling" in profile.columns:  # who has objected is left alone, whatever is known of him
        profile = profile.filter(pl.col("allows_profiling").fill_null(value=True))
    worth = _worth(store, row.run_id)
    here = room_of(night)
    rows = [
        line
        for one in here.criteria.items
        if one.unknown_blocks
        for line in _lines(one, here, profile, worth, night.policy)
    ]
    told = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return told.sort(
        "value_minor", "only_for_it", "customers", "column", "condition", descending=[True] * 3 + [False] * 2
    )


def _newest(store: Store) -> RunRow | None:
    """The newest finished run whose evidence is still kept."""
    finished = store.runs().filter(pl.col("status") == "finished")["run_id"].to_list()
    there = store.catalog.frame("SELECT run_id FROM evidence WHERE name = 'profile'")["run_id"].to_list()
    kept = [run for run in finished if run in there]
    return store.run(kept[-1]) if kept else None


def _worth(store: Store, run_id: str) -> dict[str, float]:
    """What each offer was worth on the mean, thousandths of minor units."""
    candidates = store.evidence(run_id, "candidates").filter(pl.col("offer_id").is_not_null())
    sums = candidates.group_by("offer_id").agg(pl.col("value_milli").sum(), pl.len()).collect()
    return {offer: max(0.0, total / count) for offer, total, count in sums.iter_rows()}


def _lines(
    one: Criterion, here: Room, profile: pl.DataFrame, worth: Mapping[str, float], policy: Policy
) -> Iterator[tuple[object, ...]]:
    there = [name for name in one.when.columns if name in profile.columns]
    if len(there) < len(one.when.columns):
        return
    unknown = profile.select(one.when.expr.is_null()).to_series()
    if not unknown.any():
        return
    blocked = profile.filter(unknown)
    gain = blocked.with_columns(_gain(one, here, worth, set(profile.columns)).alias("_gain"))["_gain"]
    for name in sorted(there):
        is_null = blocked[name].is_null()
        if is_null.any():
            gains = gain.filter(is_null)
            value = round(float(gains.sum()) / 1_000)
            table, sources, owners = _origin(name, policy)
            yield name, table, sources, owners, one.id, int(is_null.sum()), int((gains > 0).sum()), value


def _gain(one: Criterion, here: Room, worth: Mapping[str, float], there: set[str]) -> pl.Expr:
    """The best that a customer misses for want of one answer, thousandths of minor units; else 0."""
    best: dict[str, list[pl.Expr]] = {}
    for number, action in enumerate(here.actions):
        bits = here.criteria.of_action[number]
        if one.index not in bits or action.offer.offer not in worth:
            continue
        others = _others(here.criteria, bits, one.index, there)
        best.setdefault(action.offer.offer, []).append(others)
    offered = [
        pl.when(pl.any_horizontal(ways)).then(pl.lit(worth[offer])).otherwise(pl.lit(0.0))
        for offer, ways in best.items()
    ]
    return pl.max_horizontal(offered) if offered else pl.lit(0.0)


def _others(criteria: Criteria, bits: tuple[int, ...], apart: int, there: set[str]) -> pl.Expr:
    """Whether all other criteria of an action are met, or do not block."""
    others = [
        criteria.items[bit].when.expr.fill_null(not criteria.items[bit].unknown_blocks)
        for bit in bits
        if bit != apart and criteria.items[bit].blocks and set(criteria.items[bit].when.columns) <= there
    ]
    return pl.all_horizontal(others) if others else pl.lit(value=True)


def _origin(column: str, policy: Policy) -> tuple[str, str, str]:
    """The table that a column of the profile follows from, the sources of that table and their owners."""
    words = policy.vocabulary
    if column in words.attributes:
        table = "customers"
    elif column in words.holdings:
        table = "holdings"
    else:
        table = "transactions"
    sources = [source for source in policy.sources if source.into == table]
    owners = sorted({source.owner for source in sources if source.owner})
    return table, ", ".join(sorted(source.source for source in sources)), ", ".join(owners)
