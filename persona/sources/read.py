"""An extract becomes rows of its table, and each of its records is loaded, rejected, filtered or a repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from persona.errors import ExtractError
from persona.policy.rules import Categories
from persona.policy.source import Source
from persona.policy.vocabulary import extra_columns
from persona.sources import csv, fixed, jsonl, parquet
from persona.sources.compiled import Compiled, compiled
from persona.sources.control import control_of
from persona.sources.expect import Result, expected
from persona.sources.found import Delivery, names_a_day
from persona.sources.keys import Keyed, keyed
from persona.sources.mapping import HAPPENED, Mapped, Rules, amount_column
from persona.sources.origins import Known
from persona.sources.records import PLACE, Chunk
from persona.sources.rejects import gathered, told
from persona.sources.versions import Shape, shape_of
from persona.tables import Contract

__all__ = ["Read", "RejectedRowsError", "read"]

DAY_AGE, MONTH_AGE = 7, 31
"""How many days before its delivery an increment's newest row may lie, where its name carries a day or only a month: a
week covers every run of bank holidays."""

READERS = {"csv": csv.records, "fixed": fixed.records, "jsonl": jsonl.records, "parquet": parquet.records}


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a file; rows + rejects + filtered + duplicates = lines."""

    rows: pl.DataFrame
    """Canonical and extra columns, direct identifiers in clear, then ``_line`` (and ``_op`` of changes)."""
    rejects: pl.DataFrame
    """Schema REJECTS, by line."""
    lines: int
    """Records in the file."""
    filtered: int
    """Records that ``where`` left out."""
    duplicates: int
    """Records that say again, or older, what another of the same key says."""
    repeated_rows: int
    """Equal records beyond the first, where the source has no key; they are loaded."""
    warnings: tuple[str, ...]
    expectations: tuple[Result, ...]


class RejectedRowsError(ExtractError):
    """More rows were rejected than the source allows; they are at hand for the quarantine."""

    def __init__(self, read: Read, source: Source, name: str) -> None:
        allowed = f"{source.max_rejected_rows:,} rejected rows are allowed. " if source.max_rejected_rows else ""
        hint = f"{allowed}Fix the extract, or raise max_rejected_rows in {source.file} to go on without them."
        super().__init__(told(read.rejects, read.lines), where=name, hint=hint)
        self.read = read


def read(
    delivery: Delivery,
    source: Source,
    *,
    contract: Contract,
    references: Mapping[str, pl.DataFrame],
    categories: Categories | None,
    currency: str,
    products: Sequence[str] = (),
) -> Read:
    """The rows of a delivery as its table has them.

    Raises: ExtractError when the file as a whole cannot be accepted; PolicyError when a rule of the source is wrong.
    """
    shape = shape_of(source, delivery)
    control = control_of(source, delivery, shape.format)
    if control:
        control.check_digest(delivery)
    table = contract.with_columns(column for column in extra_columns(source) if column.name not in contract)
    plan = compiled(source)
    rules = Rules(shape, table, plan, Known(references, categories, currency, products))
    with_total = control is not None and control.sum is not None
    taken = [
        _Taken(chunk.lines, chunk.rejects, rules.mapped(chunk, with_total=with_total), chunk.warnings)
        for chunk in _chunks(shape, plan)
    ]
    done = _settled(taken, shape, table)
    if control:
        control.check_counts(delivery, lines=done.lines, total=_total(taken, source))
    if done.rejects.height > source.max_rejected_rows:
        raise RejectedRowsError(done, source, delivery.name)
    # After the rejects: a file of which only old rows can be read is no file of another day.
    _check_day(done.rows, shape, table)
    return done


@dataclass(frozen=True, slots=True)
class _Taken:
    """A chunk once it is mapped: its raw rows are gone."""

    lines: int
    rejects: pl.DataFrame
    mapped: Mapped
    warnings: tuple[str, ...]


def _chunks(shape: Shape, plan: Compiled) -> Iterator[Chunk]:
    """The file's chunks, held to the columns that the rules read."""
    delivery, format_ = shape.delivery, shape.format
    seen: dict[str, None] = {}
    for chunk in READERS[format_.type](delivery.path, delivery.name, format_):
        names = [name for name in chunk.rows.columns if name not in PLACE]
        if not seen and format_.type != "jsonl":
            is_header = format_.type == "parquet" or chunk.rows.height > chunk.rejects.height
            shape.check_names(names, plan.needed, is_header=is_header)
        seen.update(dict.fromkeys(names))
        yield chunk
    if format_.type == "jsonl" and seen:
        shape.check_names(list(seen), plan.needed, is_header=True)


def _settled(taken: Sequence[_Taken], shape: Shape, table: Contract) -> Read:
    """All chunks together: keys, tests and days are of the file as a whole."""
    source, name = shape.source, shape.delivery.name
    rows = pl.concat([one.mapped.rows for one in taken])
    one_each = keyed(rows, source, table)
    kept, failed, results = expected(one_each.rows, source, table, name=name)
    refused = [frame for one in taken for frame in (one.rejects, one.mapped.rejects)]
    rejects = gathered([*refused, one_each.rejects, failed])
    said = dict.fromkeys(warning for one in taken for warning in one.warnings)
    warnings = (*said, *_repeated(one_each), *_unmapped(taken, rows.height), *_failing(results, rows.height))
    return Read(
        kept.drop("_byte"),
        rejects,
        lines=sum(one.lines for one in taken),
        filtered=sum(one.mapped.filtered for one in taken),
        duplicates=one_each.duplicates,
        repeated_rows=one_each.repeated_rows,
        warnings=warnings,
        expectations=results,
    )


def _check_day(rows: pl.DataFrame, shape: Shape, table: Contract) -> None:
    """Refuse an increment whose every row is too old for its day: it is the file of another day."""
    source, delivery = shape.source, shape.delivery
    if source.delivery != "increment" or table.name not in HAPPENED or table.time is None or not rows.height:
        return
    most = source.max_age_days if source.max_age_days is not None else DAY_AGE if names_a_day(source) else MONTH_AGE
    newest = rows[table.time].dt.date().max()
    if isinstance(newest, date) and newest < delivery.delivered_on - timedelta(days=most):
        raise ExtractError(
            f"is of another day: its newest row is of {newest.isoformat()}, its delivery of {delivery.delivered_on}",
            where=delivery.name,
            hint=f"Ask for the file of the day, or raise max_age_days in {source.file} from {most}.",
        )


def _total(taken: Sequence[_Taken], source: Source) -> Decimal | None:
    """The sum of the amounts in the source's own unit."""
    totals = [one.mapped.total_minor for one in taken]
    name = amount_column(source)
    if name is None or None in totals:
        return None
    return Decimal(sum(total or 0 for total in totals)).scaleb(-(source.columns[name].minor_units or 0))


def _repeated(one_each: Keyed) -> Iterator[str]:
    if one_each.repeated_rows:
        told = f"{one_each.repeated_rows:,} of {one_each.rows.height:,} rows are the same as another"
        yield f"{told}: without a key they may be meant, so all are kept"


def _unmapped(taken: Sequence[_Taken], rows: int) -> Iterator[str]:
    counts: dict[str, int] = {}
    for one in taken:
        for column, count in one.mapped.unmapped.items():
            counts[column] = counts.get(column, 0) + count
    for column, count in counts.items():
        if count:
            yield f"{column}: the words of {count:,} of {rows:,} rows map to nothing"


def _failing(results: Sequence[Result], rows: int) -> Iterator[str]:
    for result in results:
        if result.failed and result.severity == "warn":
            yield f"test {result.id} fails in {result.failed:,} of {rows:,} rows"
