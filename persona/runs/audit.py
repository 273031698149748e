"""What the facts are good for: how much there is of each table, how full, how fresh, and what was refused and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from persona.clock import AsOf
from persona.policy.policy import Policy
from persona.runs.invoice import invoice
from persona.runs.languages import unspoken
from persona.runs.oddities import oddities
from persona.runs.plan import Night, Progress
from persona.runs.shifts import shifts
from persona.runs.slices import slices
from persona.runs.uncounted import foreign, purchases
from persona.runs.uses import rated
from persona.store import Store
from persona.tables import CANONICAL, KNOWN

__all__ = ["AuditReport", "audit"]


MANY = 3_000_000
"""Rows that are looked at in one go."""


def _untold(what: str, done: int, of: int) -> None:
    """Nobody is told how far the audit is."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found, as frames that a door can show."""

    tables: pl.DataFrame
    """One row a table: rows, repeated_keys (rows beyond the first of their key and source; null of tables of a state),
    customers, unlinked (rows without a customer), orphans (customers that no extract describes), first_on and last_on
    (days on which something happened; null for tables of a state), history_months, delivered_on (newest) and
    freshness_days (from there to the day of the audit; null where nothing was delivered)."""
    columns: pl.DataFrame
    """One row a table and column: rows, nulls, filled_share (0..1; null where there are no rows), null_means."""
    sources: pl.DataFrame
    """One row a source: files, replaced files, and where the lines went."""
    rejects: pl.DataFrame
    """One row a source, column and reason: how many lines, and where the first stands."""
    expectations: pl.DataFrame
    """One row a test of a source: files it was held against, rows that failed it, its severity."""
    warnings: pl.DataFrame
    """One row a file and what was noted while it was read."""
    unmapped_share: float | None
    """Share of transactions that no category of the bank's tree takes in; None where there are none."""
    oddities: pl.DataFrame
    """One row a file and thing that is odd in it as the bank wrote it; see ``runs.oddities``."""
    not_looked_through: tuple[str, ...]
    """Files that count and do not lie there any more, so that nobody could look into them."""
    shifts: pl.DataFrame
    """One row a source and measure: its newest delivery against those before; see ``runs.shifts``."""
    uses: pl.DataFrame
    """One row a use of the data: what it is ready for; see ``runs.uses``."""
    invoice: pl.DataFrame
    """One row a column and condition: what is withheld because it is not known; see ``runs.invoice``."""
    unspoken: pl.DataFrame
    """One row a language that customers speak and no template does; see ``runs.languages``."""
    foreign: pl.DataFrame
    """One row a source and other currency than the workspace's: bookings that count nowhere; see ``runs.uncounted``."""
    purchases: pl.DataFrame
    """One row a source: bookings that look like purchases, and those that are spending; see ``runs.uncounted``."""


def audit(store: Store, policy: Policy, as_of: AsOf, *, progress: Progress = _untold) -> AuditReport:
    """What the facts of a workspace are good for on a day.

    Snapshots count as they do for a run of that day. Tables that no source speaks of are left out.
    """
    named = [name for name in CANONICAL if name in {source.into for source in policy.sources}]
    described = store.scan("customers").select("customer_no").drop_nulls().unique().collect()
    facts = {name: _facts(store, name, as_of) for name in named}
    tables = [_table(name, facts[name], store, described, as_of) for name in named]
    columns = [row for name in named for row in _columns(name, facts[name])]
    found = pl.DataFrame(tables, schema=_TABLES, orient="row")
    filled = pl.DataFrame(columns, schema=_COLUMNS, orient="row")
    night = Night(policy, store, as_of, None, progress)
    odd, missing = oddities(store, policy, progress=progress)
    booked, unmapped = _counted(facts, "transactions", "category")
    bought = purchases(store, policy, as_of)
    return AuditReport(
        tables=found,
        columns=filled,
        sources=_reconciled(store.catalog.frame(_SOURCES), policy),
        rejects=store.catalog.frame(_REJECTS),
        expectations=store.catalog.frame(_EXPECTATIONS),
        warnings=store.catalog.frame(_WARNINGS),
        unmapped_share=round(unmapped / booked, 6) if booked else None,
        oddities=odd,
        not_looked_through=tuple(missing),
        shifts=shifts(store, policy),
        uses=rated(found, filled, bought),
        invoice=invoice(night),
        unspoken=unspoken(night),
        foreign=foreign(store, policy, as_of),
        purchases=bought,
    )


def _reconciled(sources: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The sources with ``accounted`` (no line is lost), ``control`` (a control file vouches) and ``owner``."""
    rules = {source.source: source for source in policy.sources}
    accounted = sum((pl.col(name) for name in ("loaded", "rejected", "filtered", "duplicates")), pl.lit(0))
    return sources.with_columns(
        accounted=pl.col("lines") == accounted,
        control=pl.Series(
            [bool(name in rules and rules[name].control) for name in sources["source"]], dtype=pl.Boolean
        ),
        owner=pl.Series([rules[name].owner if name in rules else "" for name in sources["source"]], dtype=pl.String),
    )


_TABLES = {
    "table": pl.String,
    "rows": pl.Int64,
    "repeated_keys": pl.Int64,
    "customers": pl.Int64,
    "unlinked": pl.Int64,
    "orphans": pl.Int64,
    "first_on": pl.Date,
    "last_on": pl.Date,
    "history_months": pl.Int64,
    "delivered_on": pl.Date,
    "freshness_days": pl.Int64,
}
_COLUMNS = {
    "table": pl.String,
    "column": pl.String,
    "rows": pl.Int64,
    "nulls": pl.Int64,
    "filled_share": pl.Float64,
    "null_means": pl.String,
}
_LIVE = "FROM deliveries WHERE replaced_by IS NULL"
_SOURCES = f"""
SELECT source, table_name AS "table", count(*) AS files, max(delivered_on) AS delivered_on,
    sum(lines)::BIGINT AS lines, sum(loaded)::BIGINT AS loaded, sum(rejected)::BIGINT AS rejected,
    sum(filtered)::BIGINT AS filtered, sum(duplicates)::BIGINT AS duplicates,
    sum(repeated_rows)::BIGINT AS repeated_rows
{_LIVE} GROUP BY ALL ORDER BY source, "table"
"""
_COUNTS = f"""
((source, sha256) IN (SELECT (source, sha256) {_LIVE})
    OR (source, sha256) NOT IN (SELECT (source, sha256) FROM deliveries))
"""  # noqa: S608 - our own words
_REJECTS = f"""
SELECT source, column_name AS "column", reason, count(*) AS lines, min(name) AS first_file,
    arg_min(line, (name, line)) AS first_line
FROM rejects WHERE {_COUNTS} GROUP BY ALL ORDER BY source, lines DESC, "column", reason
"""  # noqa: S608 - our own words
_EXPECTATIONS = f"""
SELECT source, expectation, severity, count(*) AS files, sum(failed)::BIGINT AS failed
FROM expectations WHERE {_COUNTS} GROUP BY ALL ORDER BY source, expectation
"""  # noqa: S608 - our own words
_WARNINGS = f"SELECT source, name, note FROM notes WHERE {_COUNTS} ORDER BY source, name, note"  # noqa: S608 - our own


def _facts(store: Store, name: str, as_of: AsOf) -> dict[str, object]:
    """The counts of a table, in one pass: its rows, its span in local days, and the nulls of each column."""
    parts = [
        _part(store.scan(name, buckets, as_of=as_of.day), name, as_of.zone)
        for buckets in slices(store, name, most=MANY)
    ]
    found: dict[str, object] = {"_months": len(set().union(*(part.pop("_months", []) for part in parts)))}
    for key in parts[0]:
        values = [part[key] for part in parts if part[key] is not None]
        if key == "_customers":
            found[key] = sorted(set().union(*values))
        else:
            best = {"_first": min, "_last": max}.get(key, sum)
            found[key] = best(values) if values else None
    return found


def _part(rows: pl.LazyFrame, name: str, zone: str) -> dict[str, Any]:
    """The counts of some buckets; months and customers as they are, because several batches may share them."""
    contract = CANONICAL[name]
    known = {column.name for column in KNOWN}
    own = [column for column in rows.collect_schema().names() if column not in known]
    span: list[pl.Expr] = []
    if contract.time:
        day = pl.col(contract.time).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
        months = day.dt.truncate("1mo").unique().implode()
        span = [day.min().alias("_first"), day.max().alias("_last"), months.alias("_months")]
    nulls = [pl.col(column).null_count().alias(f"null {column}") for column in own]
    customers = pl.col("customer_no").drop_nulls().unique().sort().implode().alias("_customers")
    counted = rows.select(
        pl.len().alias("_rows"), pl.col("customer_no").null_count().alias("_unlinked"), customers, *span, *nulls
    )
    found: dict[str, Any] = counted.collect(engine="in-memory").row(0, named=True)
    return found


def _repeated(store: Store, name: str, as_of: AsOf) -> int | None:
    """How many rows say again what another of their key and source says; some buckets at a time where they are many.

    None for tables of a state, which repeat their keys as often as they are delivered.
    """
    if CANONICAL[name].time is None:
        return None
    live = store.deliveries().filter(pl.col("table_name") == name)
    sources = pl.col("delivery_no").replace_strict(dict(live.select("delivery_no", "source").iter_rows()), default="")
    key = [sources.alias("_source"), *map(pl.col, CANONICAL[name].key)]
    repeats = 0
    for buckets in slices(store, name, most=MANY):
        counted = store.scan(name, buckets, as_of=as_of.day).group_by(key).agg(pl.len())
        repeats += counted.select((pl.col("len").cast(pl.Int64) - 1).sum()).collect(engine="in-memory").item() or 0
    return repeats


def _table(
    name: str, found: dict[str, object], store: Store, described: pl.DataFrame, as_of: AsOf
) -> tuple[object, ...]:
    customers = pl.DataFrame({"customer_no": found["_customers"]}, schema={"customer_no": pl.Int64})
    orphans = customers.join(described, on="customer_no", how="anti").height
    newest = store.catalog.one(f"SELECT max(delivered_on) {_LIVE} AND table_name = ?", [name])
    freshness = (as_of.day - newest).days if isinstance(newest, date) else None
    span = (found.get("_first"), found.get("_last"), found.get("_months") if found["_rows"] else None)
    return (
        name,
        found["_rows"],
        _repeated(store, name, as_of),
        customers.height,
        found["_unlinked"],
        orphans,
        *span,
        newest,
        freshness,
    )


def _columns(name: str, found: dict[str, object]) -> Iterable[tuple[object, ...]]:
    contract, rows = CANONICAL[name], int(str(found["_rows"]))
    for key, count in found.items():
        if key.startswith("null "):
            column, nulls = key.removeprefix("null "), int(str(count))
            means = contract[column].null if column in contract else "not said by the source"
            yield name, column, rows, nulls, round((rows - nulls) / rows, 6) if rows else None, means


def _counted(facts: dict[str, dict[str, object]], table: str, column: str) -> tuple[int, int]:
    found = facts.get(table, {"_rows": 0, f"null {column}": 0})
    return int(str(found["_rows"])), int(str(found[f"null {column}"]))
