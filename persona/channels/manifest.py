"""``MANIFEST.json``: what a set of files holds, so that whoever receives it can count and compare."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from persona.errors import WriteError

__all__ = [
    "MANIFEST",
    "SCHEMA",
    "SUCCESS",
    "Encrypted",
    "FileRow",
    "contents",
    "counted",
    "described",
    "read",
    "sha256_of",
]

MANIFEST, SUCCESS = "MANIFEST.json", "_SUCCESS"
SCHEMA = 1
"""Version of the manifest's own format."""

_COUNTED = ("arm", "channel", "locale", "offer_id", "treatment_id", "wave")


@dataclass(frozen=True, slots=True)
class Encrypted:
    """How a file is encrypted, and what it says, without saying it."""

    how: str
    """age."""
    recipients: tuple[str, ...]
    """Public keys; the workspace's own is not among them."""
    content_hmac: str
    """HMAC-SHA-256 of the file in clear under a key of the vault: equal for equal contents, whatever the ciphertext."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of the set."""

    name: str
    """From the set's folder, such as email/2026-07-01_email_001.csv."""
    channel: str
    profile: str
    release: str
    """automatic, sampled or manual: how it may leave."""
    sha256: str
    bytes: int
    rows: int
    columns: tuple[tuple[str, str], ...]
    format: str
    encoding: str
    encrypted: Encrypted | None = None
    """Null: the file is in clear. Else ``sha256`` and ``bytes`` are those of the encrypted file."""


def counted(messages: pl.DataFrame) -> dict[str, object]:
    """The counts of checked messages, in all and by reason, arm, treatment and so on: planned = written + withheld."""
    asked = messages.select(*_COUNTED, "check_id")
    withheld = asked.filter(pl.col("check_id").is_not_null())
    written = asked.filter(pl.col("check_id").is_null())
    return {
        "planned": messages.height,
        "written": written.height,
        "withheld": withheld.height,
        "withheld_by_check": _by(withheld, "check_id"),
        **{f"written_by_{name}": _by(written, name) for name in _COUNTED},
    }


def _by(frame: pl.DataFrame, column: str) -> dict[str, int]:
    counts = frame.group_by(pl.col(column).cast(pl.String).fill_null("")).agg(count=pl.len()).sort(column)
    return dict(counts.iter_rows())


def described(
    files: Sequence[FileRow],
    *,
    run_id: str,
    as_of: str,
    producer: str,
    is_draft: bool,
    counts: Mapping[str, object],
    facts: Mapping[str, object],
) -> bytes:
    """The manifest's bytes; nothing in it is of the wall clock.

    ``facts`` are what the run says of itself besides: hashes of rules and models, approvals, cost, constraints, the
    audit's head, the hash of the manifest before it.
    """
    said = {
        **facts,
        "schema": SCHEMA,
        "producer": producer,
        "run_id": run_id,
        "as_of": as_of,
        "is_draft": is_draft,
        "counts": counts,
        "files": [asdict(row) for row in sorted(files, key=lambda row: row.name)],
    }
    text = json.dumps(said, sort_keys=True, indent=1, ensure_ascii=False, default=_plain)
    return f"{text}\n".encode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")


def sha256_of(manifest: bytes) -> str:
    """The hash by which the next manifest names this one."""
    return sha256(manifest).hexdigest()


def read(folder: Path) -> tuple[dict[str, object], tuple[FileRow, ...]]:
    """The manifest of a published set, and its files.

    Raises: WriteError where the set is not there or not whole.
    """
    try:
        (folder / SUCCESS).stat()
        said = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise WriteError(
            "no complete set of files", where=str(folder), hint="Make one with `persona render`."
        ) from error
    except (OSError, ValueError) as error:
        raise WriteError(f"{MANIFEST} cannot be read", where=str(folder), hint="Render the set again.") from error
    return said, tuple(map(_row, said["files"]))


def _row(said: Mapping[str, Any]) -> FileRow:
    how = said.get("encrypted")
    encrypted = Encrypted(**{**how, "recipients": tuple(how["recipients"])}) if how else None
    return FileRow(**{**said, "columns": tuple(map(tuple, said["columns"])), "encrypted": encrypted})


def contents(manifest: bytes) -> object:
    """What a manifest says of the contents: without the hashes and sizes of encrypted files, which differ each time."""
    said = json.loads(manifest)
    for row in said["files"]:
        if row["encrypted"]:
            row["sha256"] = row["bytes"] = None
    return said
