"""The archive: all that a night's messages said and to whom, in one encrypted file a run, which outlives the sets.

It is opened with the secret key of one of its recipients, which nobody needs to have on this machine; the workspace's
own key opens it too, so that an erasure still takes one person's lines out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from persona.channels.disk import Sink, filled, moved, there
from persona.channels.manifest import FileRow
from persona.channels.sealed import Seal
from persona.channels.withdrawn import Marks, without
from persona.errors import WriteError
from persona.messages.columns import MESSAGES

__all__ = ["FOLDER", "archived", "archives", "forgotten"]

FOLDER = "archive"
"""From the workspace's root."""

_SUFFIX = ".jsonl.age"
_LEFT_OUT = ("figures", "figures_approved", "failed")
"""What only the checks read."""

_ROWS_AT_ONCE = 20_000


def archived(root: Path, messages: pl.DataFrame, *, run_id: str, as_of: date, to: Sequence[str], seal: Seal) -> Path:
    """The archive of a run: a line of JSON for each message that nothing withholds, sorted by message_id.

    The same messages again leave it as it is. Raises: WriteError where another archive has the run's name.
    """
    target = root / FOLDER / f"{as_of.isoformat()}_{run_id}{_SUFFIX}"
    rows = messages.filter(pl.col("check_id").is_null()).sort("message_id")
    kept = rows.select(name for name in MESSAGES.schema if name not in _LEFT_OUT)
    if target.exists():
        if seal.digest(seal.clear(target)) != seal.digest(b"".join(_pieces(kept))):
            hint = "Move it away if it was tampered with; other inputs make another run id."
            raise WriteError("another archive has this name already", where=str(target), hint=hint)
        return target
    _written(target, _pieces(kept), to, seal)
    return target


def archives(root: Path) -> list[tuple[Path, date]]:
    """Each archive with the day of its night, by name."""
    found = sorted((root / FOLDER).glob(f"*{_SUFFIX}"))
    return [(path, date.fromisoformat(path.name[:10])) for path in found]


def forgotten(root: Path, marks: Marks, *, to: Sequence[str], seal: Seal) -> dict[str, int]:
    """How many lines with one of the marks are gone, by archive; each is written anew without them.

    Raises: WriteError.
    """
    gone = {}
    columns = tuple((name, str(dtype)) for name, dtype in MESSAGES.schema.items())
    as_file = FileRow("", "", "", "", "", 0, 0, columns, "jsonl", "utf-8")
    for path, _ in archives(root):
        clear = seal.clear(path)
        payload, left, has_changed = without(clear, as_file, marks)
        if has_changed:
            _written(path, [payload], to, seal)
            gone[f"{FOLDER}/{path.name}"] = clear.count(b"\n") - left
    return gone


def _pieces(rows: pl.DataFrame) -> Iterator[bytes]:
    for piece in rows.iter_slices(_ROWS_AT_ONCE):
        yield piece.write_ndjson().encode()


def _written(target: Path, pieces: Iterator[bytes] | Sequence[bytes], to: Sequence[str], seal: Seal) -> None:
    there(target.parent)
    aside = target.with_name(f".{target.name}.part")
    aside.unlink(missing_ok=True)

    def fill(sink: Sink) -> None:
        seal.write(sink, pieces, to=to)

    filled(aside, fill)
    moved(aside, target)
