"""One person's rows out of files that were published before; the manifest says which file took whose place."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from persona.channels.disk import Sink, digest, filled, guarded, synced
from persona.channels.manifest import MANIFEST, FileRow, read, sha256_of
from persona.channels.samples import samples_of
from persona.channels.sealed import Seal
from persona.channels.writers import LISTED

__all__ = ["Marks", "Withdrawn", "withdrawn", "without"]

REASON = "erased"
"""What the manifest counts the rows under that were taken out."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A file that some rows were taken out of."""

    name: str
    channel: str
    rows: int
    """Rows taken out."""
    old_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What the records of one person can be told by."""

    words: frozenset[str]
    """Found anywhere in a record: contact data, and hashes that are ours."""
    ids: frozenset[str]
    """The bank's own ids, and those of messages: a whole cell of text, since a bank that counts its customers has such
    words everywhere."""
    shared: frozenset[str] = frozenset()
    """Contact data that others have too: a record that names one of them is theirs."""
    others: frozenset[str] = frozenset()
    """Our hashes of those others, and the ids of their messages."""

    def are_in(self, text: str, cells: Mapping[str, object], texts: Collection[str]) -> bool:
        """Whether a record is his: ``texts`` are the columns of text."""
        is_named = any(cells.get(name) in self.ids for name in texts)
        return is_named or _has(text, self.words) or (_has(text, self.shared) and not _has(text, self.others))


def _has(text: str, words: frozenset[str]) -> bool:
    return bool(words) and _found(words).search(text) is not None


@lru_cache(maxsize=8)
def _found(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_as_word, sorted(words))))


def withdrawn(
    folder: Path,
    marks: Marks,
    *,
    on: date,
    seal: Seal,
    why: str = REASON,
    names: Collection[str] | None = None,
) -> list[Withdrawn]:
    """The files of a set, all or those of some names, that had rows with one of the marks, each anew without them.

    Samples of his messages go.

    The manifest names the hash of the one before it and of each such file, so that a receipt can still be matched.
    A kill between leaves files that the manifest does not fit; doing it again makes it whole.
    Raises: WriteError.
    """
    said, files = read(folder)
    is_meant = {row.name: names is None or row.name in names for row in files}
    came = [(r, _file_without(folder / r.name, r, marks, seal) if is_meant[r.name] else r) for r in files]
    gone = [Withdrawn(r.name, r.channel, r.rows - n.rows, r.sha256, n.sha256) for r, n in came if r.sha256 != n.sha256]
    lost = [one for one in samples_of(said) if one["message_id"] in marks.words | marks.ids]
    for one in lost:
        with guarded(folder / one["name"]):
            (folder / one["name"]).unlink(missing_ok=True)
    if gone or lost:
        before = sha256_of((folder / MANIFEST).read_bytes())
        said = {**said, "samples": [one for one in samples_of(said) if one not in lost]}
        _rewritten(folder / MANIFEST, _manifest(said, [new for _, new in came], gone, _Note(why, on, before)))
    return gone


def without(content: bytes, row: FileRow, marks: Marks) -> tuple[bytes, int, bool]:
    """A delivery file in clear without the records that are his, how many are left, and whether any went."""
    texts = {name for name, dtype in row.columns if dtype == "String"}
    if row.format == "parquet":
        rows = pl.read_parquet(content)
        keeps = [not marks.are_in(_spoken(one), one, texts) for one in rows.iter_rows(named=True)]
        left = rows.filter(pl.Series(keeps, dtype=pl.Boolean))
        memory = io.BytesIO()
        left.write_parquet(memory, compression="zstd", row_group_size=100_000)
        return memory.getvalue(), left.height, left.height < rows.height
    text = content.decode(row.encoding)
    records = list(_records(text)) if row.format == "csv" else _lines(text)
    if row.format == "jsonl" and any(LISTED in name for name, _ in row.columns):
        return _listed_without(records, marks, texts)
    head = records[:1] if row.format == "csv" else []
    delimiter = _delimiter(head, row)
    left_over = [one for one in records[len(head) :] if not _is_his(one, row, delimiter, marks, texts)]
    payload = "".join([*head, *left_over]).encode(row.encoding)
    return payload, len(left_over), len(head) + len(left_over) < len(records)


def _listed_without(records: Sequence[str], marks: Marks, texts: Collection[str]) -> tuple[bytes, int, bool]:
    """Lines with lists of objects, each object a message: a line of which none is left goes whole."""
    lines: list[str] = []
    count, has_changed = 0, False
    for record in records:
        said = json.loads(record)
        kept = {name: _others(name, said, marks, texts) for name, value in said.items() if _is_listed(value)}
        is_whole = all(len(entries) == len(said[name]) for name, entries in kept.items())
        if any(kept.values()):
            lines.append(record if is_whole else f"{json.dumps({**said, **kept}, ensure_ascii=False)}\n")
        count, has_changed = count + sum(map(len, kept.values())), has_changed or not is_whole
    return "".join(lines).encode(), count, has_changed


def _is_listed(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _others(name: str, said: Mapping[str, Any], marks: Marks, texts: Collection[str]) -> list[object]:
    """The objects of a list that are not his."""
    around = {key: value for key, value in said.items() if not _is_listed(value)}
    cells = [{**dict(_flat(around)), **dict(_flat(one, f"{name}[]."))} for one in said[name]]
    pairs = zip(said[name], cells, strict=True)
    return [one for one, each in pairs if not marks.are_in(_spoken(each), each, texts)]


def _is_his(record: str, row: FileRow, delimiter: str, marks: Marks, texts: Collection[str]) -> bool:
    if row.format == "jsonl":
        cells = dict(_flat(json.loads(record))) if record.strip() else {}
        return marks.are_in(_spoken(cells), cells, texts)
    named = [name for name, _ in row.columns]
    fields = next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    return marks.are_in(record, dict(zip(named, fields, strict=False)), texts)


def _flat(cells: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """The values of a record under the names of their columns, as ``writers`` nests them."""
    for name, value in cells.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif isinstance(value, list):
            yield from ((f"{above}{name}[]", one) for one in value)
        else:
            yield f"{above}{name}", value


def _spoken(cells: Mapping[str, object]) -> str:
    """The cells of a record as they read: JSON writes some letters as escapes."""
    return "\0".join(str(cell) for cell in cells.values() if cell is not None)


def _delimiter(head: Sequence[str], row: FileRow) -> str:
    """What stands between the names of the first two columns: the profile may say something else today."""
    first = row.columns[0][0]
    behind = head[0].lstrip("\ufeff").lstrip('"')[len(first) :].lstrip('"') if head else ""
    return behind[0] if behind and behind[0] not in "\r\n" else ","


def _as_word(mark: str) -> str:
    """A mark that is not part of another word; an address may not go on with a point or a dash either."""
    joint = "[._-]?" if "@" in mark else ""
    before = r"(?<![0-9A-Za-z._-])" if joint else r"(?<![0-9A-Za-z])"
    return rf"{before}{re.escape(mark)}(?!{joint}[0-9A-Za-z])"


def _records(text: str) -> Iterator[str]:
    """The records of a CSV file, whatever its delimiter: a line ends one where all quotes before it are closed."""
    held = ""
    for line in _lines(text):
        held += line
        if held.count('"') % 2 == 0:
            yield held
            held = ""
    if held:
        yield held


def _lines(text: str) -> list[str]:
    """The lines with their ends; other marks that Unicode calls line ends are part of a value."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _file_without(path: Path, row: FileRow, marks: Marks, seal: Seal) -> FileRow:
    clear = seal.clear(path) if row.encrypted else path.read_bytes()
    payload, rows, has_changed = without(clear, row, marks)
    how = row.encrypted
    if has_changed:
        _rewritten(path, payload, seal if how else None, how.recipients if how else ())
    now = digest(path)
    encrypted = replace(how, content_hmac=seal.digest(payload if has_changed else clear)) if how else None
    return replace(row, sha256=now.sha256, bytes=now.bytes, rows=rows, encrypted=encrypted)


@dataclass(frozen=True, slots=True)
class _Note:
    """Why rows went, when, and the hash of the manifest before it."""

    why: str
    on: date
    before: str


def _manifest(said: dict[str, Any], files: list[FileRow], gone: list[Withdrawn], said_of: _Note) -> bytes:
    counts = said["counts"]
    by_channel = counts["written_by_channel"]
    for one in {(one.channel, one.rows): one for one in gone}.values():
        # A channel with several profiles has the same messages in each of them: they are counted once.
        by_channel[one.channel] -= one.rows
        counts["written"] -= one.rows
        counts["withheld"] += one.rows
        by_check = counts["withheld_by_check"]
        by_check[said_of.why] = by_check.get(said_of.why, 0) + one.rows
    on, earlier = said_of.on.isoformat(), said.get(said_of.why, [])
    note = {"on": on, "manifest_sha256": said_of.before, "files": [asdict(one) for one in gone]}
    new = {**said, "files": [asdict(row) for row in files], said_of.why: [*earlier, note]}
    return f"{json.dumps(new, sort_keys=True, indent=1, ensure_ascii=False)}\n".encode()


def _rewritten(path: Path, payload: bytes, seal: Seal | None = None, to: Sequence[str] = ()) -> None:
    aside = path.with_name(f".{path.name}.part")
    with guarded(aside):
        aside.unlink(missing_ok=True)

    def fill(sink: Sink) -> None:
        if seal is None:
            sink.write(payload)
        else:
            seal.write(sink, [payload], to=to)

    filled(aside, fill)
    with guarded(path):
        aside.rename(path)
    synced(path.parent)
