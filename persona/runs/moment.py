"""The moment: what a booking that was just made changes for one customer, on the state that the night has kept.

The night's own functions over one customer: his state is advanced by the booking alone, whatever lies in the history,
and equals what the next night will fold (to the byte where it fades, and to six digits in the probabilities).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from persona import foundation, scores, signals
from persona.errors import PolicyError
from persona.runs.following import state_of
from persona.runs.plan import Night
from persona.tables import CANONICAL
from persona.tables.profile import as_name
from persona.tables.words import leaves

__all__ = ["Moved", "moved"]

_GIVEN = ("txn_id", "customer_id")
"""Columns that the night does without here: the customer is named on the command line."""
_NEEDED = ("booked_at", "amount_minor", "currency")
_KINDS = {pl.String: str, pl.Int64: int, pl.Boolean: bool}


@dataclass(frozen=True, slots=True)
class Moved:
    """How a booking moves the probability to buy in a category in 30 days."""

    category: str
    before: float
    after: float


def moved(night: Night, bucket: int, customer_no: int, event: Path) -> list[Moved]:
    """What a booking moves, the most first; categories that it leaves as they were are not among them.

    ``event`` is a file of JSON: one booking, or a list of them, in the columns of ``transactions``. Nothing is kept.
    Raises: PolicyError where the file is no such thing, or of a day that the night has taken in already.
    """
    workspace, words = night.policy.workspace, night.policy.vocabulary.categories
    read = _read(event)
    for word in read["category"].drop_nulls().unique().sort():
        if word not in leaves(words):
            raise PolicyError.unknown("category", word, leaves(words), where=str(event))
    rows = read.with_columns(customer_no=pl.lit(customer_no), bucket=pl.lit(bucket, dtype=pl.Int32))
    made = foundation.booked(rows, zone=workspace.zone, categories=night.policy.categories, currency=workspace.currency)
    day = _day_after(signals.lines(made), night.as_of.day, event)
    known = state_of(night, [bucket])
    before = known.only(known.customers == customer_no)
    after = signals.advanced(before, signals.lines(made), to=day)
    model = scores.restored(json.loads(night.table("affinity_model").item()))
    then, now = (
        scores.affinity(
            scores.state_of(signals.to_frame(state), leaves=model.leaves), model, as_of=day, categories=words
        ).row(0, named=True)
        for state in (before, after)
    )
    found = [
        Moved(leaf, then[_of(leaf)], now[_of(leaf)]) for leaf in leaves(words) if then[_of(leaf)] != now[_of(leaf)]
    ]
    return sorted(found, key=lambda one: (-abs(one.after - one.before), one.category))


def _of(leaf: str) -> str:
    return f"affinity_{as_name(leaf)}"


def _day_after(lines: pl.DataFrame, day: date, event: Path) -> date:
    """The day after the newest booking, none of which may lie before the day of the night."""
    if lines.is_empty():
        hint = "Bookings in another currency than the workspace's are in no signal."
        raise PolicyError("no booking counts", where=str(event), hint=hint)
    days = lines["booked_on"].sort().to_list()
    if days[0] < day:
        hint = "What comes late is taken in by the next night, from an extract."
        raise PolicyError(f"a booking lies before {day}, the day of the night", where=str(event), hint=hint)
    return date.fromordinal(days[-1].toordinal()) + timedelta(days=1)


def _read(event: Path) -> pl.DataFrame:
    """The bookings of the file as rows of ``transactions``."""
    contract = CANONICAL["transactions"]
    try:
        said = json.loads(event.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        hint = 'Like {"booked_at": "2026-07-01T12:30Z", "amount_minor": -420, "currency": "EUR", "category": "dining"}.'
        raise PolicyError("is no file of JSON that can be read", where=str(event), hint=hint) from error
    types = {column.name: column.dtype for column in contract.columns if column.name not in _GIVEN}
    rows = [_row(one, types, event) for one in (said if isinstance(said, list) else [said])]
    schema = {name: dtype for name, dtype in contract.schema.items() if name not in _GIVEN}
    return pl.DataFrame(rows, schema=schema)


def _row(said: object, types: Mapping[str, Any], event: Path) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise PolicyError("is no booking: an object with its columns is needed", where=str(event))
    for name in said:
        if name not in types:
            raise PolicyError.unknown("column", str(name), list(types), where=str(event))
    _complain([f"{name} is missing" for name in _NEEDED if said.get(name) is None], event)
    told = {name: said.get(name) for name in types}
    told["booked_at"] = _instant(told["booked_at"])
    wrong = [name for name, value in told.items() if value is not None and type(value) is not _kind(types[name])]
    wrong += [] if told["booked_at"] else ["booked_at"]
    _complain([f"{name} is no {_SAYS[_kind(types[name])]}" for name in wrong], event)
    return told


def _kind(dtype: Any) -> type:  # noqa: ANN401 - a type of Polars, or one of its classes
    return _KINDS.get(dtype, datetime)


_SAYS = {str: "text", int: "whole number", bool: "true or false", datetime: "instant like 2026-07-01T12:30:00Z"}


def _instant(said: object) -> datetime | None:
    """The instant in UTC, without its zone; a text without a zone is UTC."""
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _complain(what: Sequence[str], event: Path) -> None:
    if what:
        raise PolicyError("; ".join(what), where=str(event))
