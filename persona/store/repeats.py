"""Rows that another delivery of their source has told before: the same key is one row, whatever file it comes in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from persona.errors import ExtractError
from persona.policy.source import Source
from persona.store.catalog import Catalog
from persona.store.parts import STATE, scanned, schema_of
from persona.tables import Contract

__all__ = ["Repeats", "read_anew", "refuse_conflicts", "remember", "repeats"]


@dataclass(frozen=True, slots=True)
class Repeats:
    """What of a file was told before."""

    is_fresh: pl.Series
    """Row by row whether nobody has told it yet."""
    is_conflict: pl.Series
    """Row by row whether its key stands with other content in another file."""
    is_earlier: pl.Series
    """Row by row whether a file of a later day has told it: on the days between, this one alone was known."""
    of: Mapping[str, int]
    """Rows told before, by the sha256 of the delivery that told them first."""
    names: Sequence[str]
    """The files of those deliveries, and of those that the conflicts are with."""

    @property
    def count(self) -> int:
        """Rows that say again what was told."""
        return sum(self.of.values())


def repeats(
    rows: pl.DataFrame,
    contract: Contract,
    source: Source,
    *,
    day: date,
    replaces: Collection[int],
    catalog: Catalog,
) -> Repeats | None:
    """Which rows of an increment of a day were told by deliveries that count and are not replaced now; None: none was.

    Only parts of the months of the rows are looked at, so a day costs what its month holds. Reads: tokens, where the
    contract says so. Without a key of the source nothing is the same.
    """
    if source.delivery != "increment" or source.key == "none" or not contract.key or rows.is_empty():
        return None
    there = _told(rows, contract, source, replaces, catalog)
    key = list(contract.key)
    content = [name for name in rows.columns if not name.startswith("_") and name not in key]
    numbered = rows.with_row_index("_row")
    both = numbered.join(there, on=key, how="inner", suffix="_there")
    if both.is_empty():
        return None
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_there")) for name in content) if content else True
    judged = both.select("_row", "sha256", "name", is_same=same, is_earlier=same & (pl.col("delivered_on") > day))
    told, against = judged.filter("is_same"), judged.filter(~pl.col("is_same"))
    earlier = judged.filter("is_earlier")
    everyone = numbered["_row"]
    return Repeats(
        is_fresh=~everyone.is_in(judged["_row"].implode()),
        is_conflict=everyone.is_in(against["_row"].implode()),
        is_earlier=everyone.is_in(earlier["_row"].implode()),
        of=dict(told.group_by("sha256").agg(pl.len()).sort("sha256").iter_rows()),
        names=judged["name"].unique().sort().to_list(),
    )


def refuse_conflicts(found: Repeats, lines: pl.Series, *, allowed: int, name: str) -> None:
    """Refuse a file whose rows say otherwise what other files have said of the same keys, beyond what is allowed.

    Raises: ExtractError.
    """
    first = lines.filter(found.is_conflict).sort()
    if len(first) <= allowed:
        return
    raise ExtractError(
        f"the keys of {len(first):,} rows stand with other content in {', '.join(found.names)}"
        f" (first at line {first[0]:,})",
        where=name,
        hint="Deliver a corrected file under the first one's name; where rows replace others, say delivery: changes.",
    )


def remember(catalog: Catalog, source: str, sha256: str, found: Repeats | None) -> None:
    """Note which deliveries a file leans on; inside a transaction."""
    catalog.run("DELETE FROM repeats WHERE source = ? AND sha256 = ?", [source, sha256])
    for earlier, count in found.of.items() if found else ():
        catalog.run("INSERT INTO repeats VALUES (?, ?, ?, ?)", [source, sha256, earlier, count])


def read_anew(catalog: Catalog, gone: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The names of files that leaned on deliveries which count no more: the next load reads them again.

    What a file that gives way leaned on stays noted: it may count again.

    Reads: source and sha256 of what is gone. Inside a transaction.
    """
    names: set[str] = set()
    for source, sha256 in sorted(gone):
        leaning = "SELECT sha256 FROM repeats WHERE source = ? AND of_sha256 = ?"
        query = f"SELECT name FROM deliveries WHERE replaced_by IS NULL AND source = ? AND sha256 IN ({leaning})"  # noqa: S608 - ours
        names |= {str(row[0]) for row in catalog.run(query, [source, source, sha256])}
        stale = f"UPDATE deliveries SET recipe = 'read anew' WHERE source = ? AND sha256 IN ({leaning})"  # noqa: S608 - our own
        catalog.run(stale, [source, source, sha256])
        catalog.run("DELETE FROM repeats WHERE source = ? AND of_sha256 = ?", [source, sha256])
    return tuple(sorted(names))


def _told(
    rows: pl.DataFrame, contract: Contract, source: Source, replaces: Collection[int], catalog: Catalog
) -> pl.DataFrame:
    """The first row of each key of ``rows`` that other deliveries of the source hold, with its file."""
    month = pl.lit(STATE) if contract.time is None else pl.col(contract.time).dt.strftime("%Y-%m")
    months = rows.select(month.unique().sort()).to_series().to_list()
    query = (
        'SELECT p.path, p."columns", p.delivery_no, d.sha256, d.name, d.delivered_on'
        " FROM parts p JOIN deliveries d USING (delivery_no) WHERE p.table_name = ? AND d.source = ?"
        ' AND list_contains(?, p."month") AND NOT list_contains(?, delivery_no) ORDER BY p.path'
    )
    parts = catalog.run(query, [contract.name, source.source, months, sorted(replaces)])
    schema = schema_of(contract, [str(row[1]) for row in parts])
    known = scanned([catalog.state / str(row[0]) for row in parts], schema)
    key = list(contract.key)
    # Keys alone first: the whole rows are read of a file that has something to be compared with, and seldom does.
    again = known.select(key).join(rows.lazy().select(key), on=key, how="semi").collect(engine="in-memory")
    columns = [name for name in rows.columns if not name.startswith("_")]
    missing = [pl.lit(None, dtype=rows.schema[name]).alias(name) for name in columns if name not in schema]
    there = known.with_columns(missing).select(*columns, "delivery_no")
    there = there.join(again.lazy(), on=key, how="semi") if again.height else there.clear()
    names = pl.DataFrame(
        [row[2:] for row in parts],
        schema={"delivery_no": pl.Int64, "sha256": pl.String, "name": pl.String, "delivered_on": pl.Date},
        orient="row",
    ).unique()
    first = there.collect(engine="in-memory").sort("delivery_no").unique(key, keep="first", maintain_order=True)
    return first.join(names, on="delivery_no", how="left").drop("delivery_no")
