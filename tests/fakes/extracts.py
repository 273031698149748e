"""Stand-ins for what the readers of extracts hand to the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from persona.policy.source import Source
from persona.policy.workspace import Workspace
from persona.tables import CANONICAL

REJECTS = {"line": pl.Int64, "byte_offset": pl.Int64, "column": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class FakeExtract:
    name: str
    delivered_on: date
    size: int = 100
    mtime_ns: int = 1


@dataclass(frozen=True)
class FakeReading:
    rows: pl.DataFrame
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS))
    filtered: int = 0
    duplicates: int = 0
    repeated_rows: int = 0
    warnings: tuple[str, ...] = ()
    expectations: tuple[object, ...] = ()

    @property
    def lines(self) -> int:
        return self.rows.height + self.rejects.height + self.filtered + self.duplicates


def workspace(**changed: object) -> Workspace:
    sender = {
        "name": "Bank",
        "from_email": "bank@example.com",
        "reply_to": "bank@example.com",
        "postal_address": "1 Street",
        "privacy_url": "https://example.com/p",
        "unsubscribe_url": "https://example.com/u",
    }
    said = {
        "persona": 1,
        "name": "bank",
        "currency": "EUR",
        "country": "DE",
        "zone": "Europe/Berlin",
        "languages": ["en"],
    }
    return Workspace.model_validate({**said, "sender": sender, **changed})


def source(name: str, into: str, **changed: object) -> Source:
    said = {"source": name, "files": f"extracts/{name}_{{date:%Y-%m-%d}}.csv", "into": into, "columns": {}}
    return Source.model_validate({**said, **changed})


def rows(table: str, *given: dict[str, object], extras: dict[str, object] | None = None) -> pl.DataFrame:
    """Rows of a canonical table; what is not given is null."""
    schema = {**CANONICAL[table].schema, **(extras or {})}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in given], schema=schema)


def customer(customer_id: str, **said: object) -> dict[str, object]:
    return {"customer_id": customer_id, "source_system": "core", **said}


def booking(txn_id: str, at: str, amount_minor: int = -100, **said: object) -> dict[str, object]:
    return {
        "txn_id": txn_id,
        "booked_at": datetime.fromisoformat(at),
        "amount_minor": amount_minor,
        "currency": "EUR",
        **said,
    }


def holder(account_id: str, customer_id: str, **said: object) -> dict[str, object]:
    return {"account_id": account_id, "customer_id": customer_id, "role": "OWNER", **said}


def load(store, src: Source, frame: pl.DataFrame, day: str, *, text: str = "", **read: object):
    """Load rows as if they had stood in a file of a day; ``text`` makes the file's bytes others."""
    on = date.fromisoformat(day)
    extract = FakeExtract(src.files.replace("{date:%Y-%m-%d}", day), on)
    sha = sha256(f"{extract.name}{text}".encode()).hexdigest()
    replaces = store.to_replace(src, extract, sha256=sha, recipe="")
    if replaces is None:
        return None
    return store.load(FakeReading(frame, **read), extract, src, sha256=sha, replaces=replaces)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
