"""The parts of the facts: immutable Parquet files, each the rows of one table, month and delivery.

Rows stand in the order (bucket, customer, time, key), so a batch of buckets is a few row groups, and the order of the
rows in the extract leaves no trace in the bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from persona.buckets import BUCKETS
from persona.errors import ContractError
from persona.store.durable import write_file
from persona.tables import KNOWN, Contract, PolarsType

__all__ = [
    "ARROW",
    "EXTRAS",
    "Part",
    "arrow",
    "columns_of",
    "encoded",
    "folder_of",
    "in_order",
    "packed",
    "parted",
    "piece",
    "scanned",
    "schema_of",
    "stem_of",
    "written",
]

ARROW = ".arrow"
"""How the name of a file ends that ``arrow`` made."""

STATE = "state"
"""The month of tables that describe a state and not what happened."""

EXTRAS: dict[str, PolarsType] = {
    "Boolean": pl.Boolean,
    "Date": pl.Date,
    "Datetime": pl.Datetime("us"),
    "Float64": pl.Float64,
    "Int64": pl.Int64,
    "Int8": pl.Int8,
    "String": pl.String,
}
"""The types that a column of the facts can have, by the word that the catalog keeps."""

_FEWEST, _MOST = 4_096, 131_072
"""Rows of a row group: about one bucket, yet not so few that their heads cost more than their rows."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of facts as the catalog knows it."""

    path: str
    """From the state folder."""
    table_name: str
    month: str
    delivery_no: int
    rows: int
    bytes: int
    sha256: str
    unlinked: int
    """Rows whose customer is not known yet."""
    columns: str
    """JSON of the columns' names and types, in their order."""


def folder_of(table: str) -> str:
    """The folder, and the view, of a table: ``references:district`` lies in references_district."""
    return table.replace(":", "_")


def parted(rows: pl.DataFrame, contract: Contract) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each month of the contract's time, the earliest first; one part where it has no time."""
    if contract.time is None:
        yield STATE, rows
        return
    month = rows.select(pl.col(contract.time).dt.strftime("%Y-%m")).to_series()
    # One month after the other: all at once would be a second copy of the whole file.
    for name in month.unique().sort():
        yield str(name), rows.filter(month == name)


def in_order(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The rows by (bucket, customer, time, key), and by every column where that leaves a tie."""
    time = [contract.time] if contract.time else []
    keys = list(dict.fromkeys(["bucket", "customer_no", *time, *(key for key in contract.key if key in rows.columns)]))
    ordered = rows.sort(keys, nulls_last=False, maintain_order=True)
    same = ordered.select(pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift()) for key in keys).slice(1).any())
    return ordered.sort([*keys, *(name for name in rows.columns if name not in keys)]) if same.item() else ordered


def encoded(rows: pl.DataFrame) -> bytes:
    """The rows as a Parquet file of about a row group a bucket; the same rows are the same bytes."""
    group = min(max(rows.height // BUCKETS, _FEWEST), _MOST)
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd", statistics=True, row_group_size=group)
    return buffer.getvalue()


def packed(rows: pl.DataFrame) -> bytes:
    """The rows as a Parquet file that is read whole and made again soon; the same rows are the same bytes.

    Some tables have 300 columns, and each column of each row group has a head: so the groups are few and nothing is
    told of them. A third less time to write, and as small.
    """
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False, row_group_size=_MOST)
    return buffer.getvalue()


def arrow(rows: pl.DataFrame, *, is_packed: bool = True) -> bytes:
    """The rows as an Arrow file: hundreds of columns of numbers that are read whole and made again each night.

    Written and read in half the time of Parquet, and in a quarter where it is not packed; the same rows are the same
    bytes.
    """
    buffer = io.BytesIO()
    rows.write_ipc(buffer, compression="lz4" if is_packed else "uncompressed")
    return buffer.getvalue()


def stem_of(path: str) -> str:
    """What the name of a file has in common with those of the same piece, and of its rows without some."""
    return path.rpartition("/")[2].partition(".")[0].partition("_without_")[0]


def piece(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of a file that ``packed``, ``encoded`` or ``arrow`` made."""
    read = pl.read_ipc if path.suffix == ARROW else pl.read_parquet
    return read(path, columns=None if columns is None else list(columns))


def written(rows: pl.DataFrame, contract: Contract, *, month: str, delivery_no: int, state: Path) -> Part:
    """A part that stands on the disk; the catalog does not know it yet, so the next start would sweep it.

    The name holds the hash of the bytes: a file under a name never changes.
    """
    ordered = in_order(rows, contract)
    payload = encoded(ordered)
    digest = sha256(payload).hexdigest()
    path = f"facts/{folder_of(contract.name)}/{month}/{delivery_no:08d}_{digest[:16]}.parquet"
    write_file(state / path, payload)
    unlinked = ordered["customer_no"].null_count() if "customer_id" in contract else 0
    return Part(
        path, contract.name, month, delivery_no, ordered.height, len(payload), digest, unlinked, columns_of(ordered)
    )


def columns_of(rows: pl.DataFrame) -> str:
    """JSON of the columns' names and types, in their order.

    Raises: ContractError when a column has a type that facts cannot have.
    """
    return json.dumps({name: _word(name, dtype) for name, dtype in rows.schema.items()})


def schema_of(contract: Contract | None, columns: Iterable[str]) -> dict[str, PolarsType]:
    """The columns of a table: the contract's, the extras of all parts by name, and what the store adds.

    Raises: ContractError when two sources give an extra column different types.
    """
    known = {column.name: column.dtype for column in KNOWN}
    own = dict(contract.schema) if contract else {}
    extras: dict[str, PolarsType] = {}
    for text in columns:
        for name, word in json.loads(text).items():
            if name in own or name in known:
                continue
            if extras.setdefault(name, EXTRAS[word]) != EXTRAS[word]:
                raise ContractError(
                    f"column {name} has another type in another source",
                    where=f"table {contract.name if contract else ''}",
                    hint="Give it one `type:` in rules/sources, or two names.",
                )
    return {**own, **dict(sorted(extras.items())), **known}


def scanned(
    paths: Sequence[Path], schema: Mapping[str, PolarsType], *, buckets: Sequence[int] | None = None
) -> pl.LazyFrame:
    """The rows of parts, all or those of some buckets; the empty frame with the schema where there is no part.

    Null: an extra column that a source does not have.
    """
    if not paths:
        return pl.LazyFrame(schema=pl.Schema(schema))
    frame = pl.scan_parquet(list(paths), schema=pl.Schema(schema), missing_columns="insert")
    return frame if buckets is None else frame.filter(pl.col("bucket").is_in(sorted(buckets)))


def _word(name: str, dtype: PolarsType) -> str:
    for word, known in EXTRAS.items():
        if dtype == known:
            return word
    raise ContractError(f"column {name} is {dtype}; facts hold {', '.join(EXTRAS)}")
