"""What is odd in a file as the bank wrote it, found without being told what to look for.

Nothing here changes what is loaded: the audit says what a reader of the raw file would stumble over. Words of a file
are shown only where a column has few of them and each stands in many rows, so that no word tells of one person.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from persona.policy.source import Source
from persona.sources.found import Delivery
from persona.sources.read import READERS
from persona.sources.records import PLACE
from persona.sources.spelling import is_near
from persona.sources.unpacked import pieces
from persona.sources.versions import Shape, shape_of

__all__ = ["Finding", "looked_through", "names_of", "observed"]

CODES = 30
"""A column with at most so many different words is one of codes."""
PUBLIC = 20
"""A word that stands in fewer rows is not shown."""
RARE = 0.05
"""A code in a smaller share of the rows may be a slip for another."""
MOSTLY = 0.9
"""What nearly all values of a column are, the column is."""
HIDDEN = (
    "?",
    "??",
    "-",
    "--",
    "n/a",
    "na",
    "null",
    "none",
    "nan",
    "unknown",
    "tbd",
    "#n/a",
    "9999-12-31",
    "0000-00-00",
)
"""What is written where nothing is known; lower case."""
MOST = 2_000_000
"""So many records of a file are looked through; of a longer one the first."""

_HIGH = bytes(range(128, 256))
_NUMBER = r"^[-+]?\d{1,3}(,\d{3})*(\.\d+)?$|^[-+]?\d+([.,]\d+)?$"
_GROUPED = r"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$"
_SIX_OR_EIGHT = r"^(\d{2}|\d{4})\d{4}$"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is odd in a file."""

    kind: str
    """A word for it: hidden_null, mixed_empty, rare_code, shifted_month, grouped_numbers, repeated_rows ..."""
    column: str | None
    """The raw column; None where it is about the file."""
    rows: int
    of: int
    """Rows that were looked through."""
    says: str


def observed(delivery: Delivery, source: Source) -> list[Finding]:
    """All that is odd in a file: of its bytes and header first, then of its records, then of each column.

    Raises: ExtractError when the file as a whole cannot be read.
    """
    shape = shape_of(source, delivery)
    found = list(_of_bytes(delivery, shape))
    frames, cut, refused = [], 0, 0
    for chunk in READERS[shape.format.type](delivery.path, delivery.name, shape.format):
        frames.append(chunk.rows)
        refused += chunk.rejects.height
        cut += chunk.rejects.filter(pl.col("reason").str.contains("quote is not closed|fields")).height
        if sum(frame.height for frame in frames) >= MOST:
            break
    rows = pl.concat(frames, how="diagonal")
    if refused:
        last = "; its last line has no end" if cut and not _ends_whole(delivery) else ""
        found.append(
            Finding("broken_lines", None, refused, rows.height + refused, f"records that cannot be read{last}")
        )
    return [*found, *looked_through(rows.drop(PLACE.names(), strict=False))]


def names_of(delivery: Delivery, source: Source) -> list[str]:
    """The names in a file's header, without the blanks around them; none of files that have no header."""
    shape = shape_of(source, delivery)
    line = _header(delivery, shape)
    return [] if line is None else [name.strip(' "') for name in line.split(shape.format.delimiter)]


def looked_through(rows: pl.DataFrame) -> Iterator[Finding]:
    """All that is odd in raw records, whose columns are all text."""
    if rows.is_empty() or not rows.width:
        return
    blank = rows.select(pl.all_horizontal((pl.all().str.strip_chars() == "").fill_null(value=True)).sum()).item()
    if blank:
        yield Finding("blank_rows", None, blank, rows.height, "records of nothing but blanks")
    filled = rows.filter(~pl.all_horizontal((pl.all().str.strip_chars() == "").fill_null(value=True)))
    repeats = filled.height - filled.unique().height
    if repeats:
        yield Finding(
            "repeated_rows", None, repeats, rows.height, "records that are the same as another in all they say"
        )
    codes = {name: _codes(rows[name]) for name in rows.columns}
    for name in rows.columns:
        yield from _of_column(rows, name, codes)


def _of_bytes(delivery: Delivery, shape: Shape) -> Iterator[Finding]:
    if shape.format.type == "parquet":
        return
    high, is_utf8 = _high_bytes(delivery, shape)
    if not is_utf8:
        says = f"bytes that are not UTF-8; read as {shape.format.encoding}"
        yield Finding("not_utf8", None, high, delivery.size, says)
    line = _header(delivery, shape)
    names = line.split(shape.format.delimiter) if line else []
    padded = sum(name != name.strip() for name in names)
    if padded:
        yield Finding("blank_in_header", None, padded, len(names), "names of columns with blanks around them")


def _high_bytes(delivery: Delivery, shape: Shape) -> tuple[int, bool]:
    """How many bytes are beyond ASCII, and whether all of them together are UTF-8."""
    decoder, high, is_utf8 = getincrementaldecoder("utf-8")(), 0, True
    for piece in pieces(delivery.path, delivery.name, shape.format.compression):
        high += len(piece) - len(piece.translate(None, _HIGH)) if not piece.isascii() else 0
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            is_utf8 = False
            decoder.reset()
    return high, is_utf8


def _header(delivery: Delivery, shape: Shape) -> str | None:
    if shape.format.type != "csv" or not shape.format.header:
        return None
    first = next(iter(pieces(delivery.path, delivery.name, shape.format.compression)), b"")
    lines = first.decode(shape.format.encoding, "replace").lstrip("\ufeff").splitlines()
    return lines[shape.format.skip_lines] if len(lines) > shape.format.skip_lines else None


def _ends_whole(delivery: Delivery) -> bool:
    with delivery.path.open("rb") as file:
        file.seek(max(0, delivery.size - 1))
        return file.read(1) in {b"\n", b""}


def _codes(values: pl.Series) -> dict[str, int]:
    """How often each word of a column of codes stands; empty for any other column."""
    counts = values.drop_nulls().value_counts()
    counts = counts.filter(pl.col(values.name).str.strip_chars() != "")
    if counts.height > CODES or not counts.height:
        return {}
    return dict(counts.sort("count", values.name, descending=[True, False]).iter_rows())


def _of_column(rows: pl.DataFrame, name: str, codes: dict[str, dict[str, int]]) -> Iterator[Finding]:
    values, of = rows[name].fill_null(""), rows.height
    stripped = values.str.strip_chars()
    blanks, empties = int(((stripped == "") & (values != "")).sum()), int((values == "").sum())
    if blanks and empties:
        yield Finding("mixed_empty", name, blanks, of, f"blanks, where {empties:,} other rows have nothing at all")
    elif blanks:
        yield Finding("blank_value", name, blanks, of, "blanks in the place of nothing")
    hidden = int(stripped.str.to_lowercase().is_in(HIDDEN).sum())
    if hidden and hidden < MOSTLY * of:
        yield Finding("hidden_null", name, hidden, of, "a mark such as ? or n/a in the place of a value")
    filled = stripped.filter((stripped != "") & ~stripped.str.to_lowercase().is_in(HIDDEN))
    if not len(filled):
        return
    is_number = filled.str.contains(_NUMBER)
    if is_number.sum() >= MOSTLY * len(filled):
        yield from _of_numbers(filled, name, of)
    yield from _shifted(filled, name, of)
    yield from _slips(rows, name, codes)


def _of_numbers(filled: pl.Series, name: str, of: int) -> Iterator[Finding]:
    grouped = int(filled.str.contains(_GROUPED).sum())
    if grouped:
        yield Finding("grouped_numbers", name, grouped, of, "figures with a comma between thousands")
    negative = int(filled.str.starts_with("-").sum())
    if negative and negative < 0.5 * len(filled):
        yield Finding("negative", name, negative, of, "negative figures among positive ones")
    words = int((~filled.str.contains(_NUMBER)).sum())
    if words:
        yield Finding("not_numbers", name, words, of, "words in a column of figures")


def _shifted(filled: pl.Series, name: str, of: int) -> Iterator[Finding]:
    """Days of which a part has 50 added to the month, or 20: as birth numbers tell women from men."""
    if not filled.str.contains(_SIX_OR_EIGHT).all():
        return
    month, day = (filled.str.slice(offset, 2).cast(pl.Int64) for offset in (-4, -2))
    plain = month.is_between(1, 12) & day.is_between(1, 31)
    for shift in (20, 50, 70):
        moved = (month - shift).is_between(1, 12) & day.is_between(1, 31)
        if (plain | moved).all() and moved.any() and plain.any():
            says = f"days whose month has {shift} added: they mean something by it, such as the gender"
            yield Finding("shifted_month", name, int(moved.sum()), of, says)


def _slips(rows: pl.DataFrame, name: str, codes: dict[str, dict[str, int]]) -> Iterator[Finding]:
    """Rare codes that may stand for another: spelt nearly like it, or a code of another column of the same row."""
    own = codes[name]
    common = [word for word, count in own.items() if count >= RARE * rows.height]
    rare = {word: count for word, count in own.items() if count < RARE * rows.height and count >= PUBLIC}
    if not common or _is_figures(own):
        return
    for first, second in combinations(sorted(own), 2):
        few, many = sorted((first, second), key=lambda word: (own[word], word))
        if own[few] < RARE * own[many] * 4 and is_near(few, many) and own[few] >= PUBLIC:
            says = f"{few}, which is spelt nearly like {many}"
            yield Finding("rare_code", name, own[few], rows.height, says)
    for word, count in rare.items():
        for other in (other for other, theirs in codes.items() if other != name and theirs.get(word, 0) > 2 * count):
            both = rows.filter((pl.col(name) == word) & (pl.col(other) == word)).height
            if both >= MOSTLY * count and not set(common) & set(codes[other]):
                says = f"{word}, a code of {other}, where nearly all rows have {', '.join(common)}"
                yield Finding("rare_code", name, count, rows.height, says)


def _is_figures(own: dict[str, int]) -> bool:
    return all(word.replace(".", "").replace("-", "").isdigit() for word in own)
