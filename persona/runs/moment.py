"""The moment: what a booking that was just made changes for one customer, on the state that the night has kept.

The night's own steps over one household, once with the booking and once without it, as of the day after: what differs
is what the booking moves. The state is advanced by the day's rows alone, whatever lies in the history, and equals what
the next night will fold, to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from persona import foundation, signals
from persona.errors import PolicyError
from persona.runs.following import AT_SHOPS, state_of
from persona.runs.household import Household
from persona.runs.nightly import PROFILE_TABLES, STEPS
from persona.runs.plan import Night
from persona.tables import CANONICAL
from persona.tables.words import leaves

__all__ = ["Moved", "household", "moved", "told"]

_STEPS = ("signals", "leanings", "patterns", "segments", "scores", "forecasts", "triggers", "propensities")
"""The steps of a night that a booking of one customer moves."""
_GIVEN = ("txn_id", "customer_id")
"""Columns that the night does without here: the customer is named on the command line."""
_NEEDED = ("booked_at", "amount_minor", "currency")
_KINDS = {pl.String: str, pl.Int64: int, pl.Boolean: bool}


@dataclass(frozen=True, slots=True)
class Moved:
    """A column of the profile, or the probability to accept an offer, that a booking moves."""

    column: str
    about: str
    before: Any
    """Without the booking."""
    after: Any


def told(night: Night, bucket: int, customer_no: int, event: Path) -> list[Moved]:
    """What a booking moves, in the order of the profile; what it leaves as it was is not among it. Nothing is kept.

    ``event`` is a file of JSON: one booking, or a list of them, in the columns of ``transactions``.
    Raises: PolicyError where the file is no such thing, or of a day that the night has taken in already.
    """
    rows = _known(night, _read(event), event).with_columns(
        customer_no=pl.lit(customer_no, dtype=pl.Int64), bucket=pl.lit(bucket, dtype=pl.Int8)
    )
    day = _day_after(night, rows, event)
    return moved(household(night, bucket, customer_no), rows, customer_no, day=day)


def household(night: Night, bucket: int, customer_no: int) -> Household:
    """The customer's household, read from what the night has kept."""
    units = night.table("units", [bucket])
    own = units.filter(pl.col("customer_no") == customer_no).select("household_key")
    return Household(night, units.join(own, on="household_key", how="semi")["customer_no"], bucket)


def moved(home: Household, rows: pl.DataFrame, customer_no: int, *, day: date) -> list[Moved]:
    """What rows of ``transactions`` before a day move for one customer of a household."""
    about = {one.name: one.about for one in home.night.policy.profile.columns}
    before, after = (profile(one, customer_no, day=day) for one in (home.after(rows.clear()), home.after(rows)))
    return [
        Moved(name, about.get(name, "probability to accept it when told of it"), before[name], value)
        for name, value in after.items()
        if value != before[name]
    ]


def profile(home: Household, customer_no: int, *, day: date) -> dict[str, Any]:
    """Every column of the profile of a customer before a day, and his propensities."""
    home.made |= folded(home, day=day)
    night = home.moment(day)
    for step in STEPS:
        if step.name in _STEPS:
            for piece in step.run(night):
                home.made |= piece
    is_his = pl.col("customer_no") == customer_no
    made = [home.made[name] for name in (*PROFILE_TABLES, "propensities") if name in home.made]
    return {name: value for one in made for name, value in one.filter(is_his).row(0, named=True).items()}


def folded(home: Household, *, day: date) -> dict[str, pl.DataFrame]:
    """The state, the regular payments and the life events of a household before a day, from those of the night."""
    then, lines = home.last_night(), home.lines
    state = signals.advanced(state_of(then, ()), lines, to=day)
    gone = signals.touched(lines.lazy(), before=then.as_of.day, as_of=day).collect()["series"]
    within = pl.col("booked_on").is_between(day - timedelta(days=signals.WINDOW_DAYS), day, closed="left")
    own = lines.filter(within & pl.col("series").is_in(gone.implode()))
    known = lines.filter((pl.col("booked_on") < day) & pl.col("is_life"))
    streams = signals.renewed(then.table("streams", ()), own, gone=gone, as_of=day)
    return {
        "state": signals.to_frame(state),
        "streams": streams,
        AT_SHOPS: signals.at_shops(state.customers, lines, signals.regular_shops(streams), as_of=day),
        "life": signals.life_dates(known, signals.known_since(state)),
    }


def _day_after(night: Night, rows: pl.DataFrame, event: Path) -> date:
    """The day after the newest booking that counts, none of which may lie before the day of the night."""
    workspace, day = night.policy.workspace, night.as_of.day
    booked = foundation.booked(
        rows, zone=workspace.zone, categories=night.policy.categories, currency=workspace.currency
    )
    if booked.is_empty():
        hint = "Bookings in another currency than the workspace's are in no signal."
        raise PolicyError("no booking counts", where=str(event), hint=hint)
    days = booked["booked_on"].sort().to_list()
    if days[0] < day:
        hint = "What comes late is taken in by the next night, from an extract."
        raise PolicyError(f"a booking lies before {day}, the day of the night", where=str(event), hint=hint)
    return date.fromordinal(days[-1].toordinal()) + timedelta(days=1)


def _known(night: Night, read: pl.DataFrame, event: Path) -> pl.DataFrame:
    """The rows, whose categories are all in the rules."""
    words = leaves(night.policy.vocabulary.categories)
    for word in read["category"].drop_nulls().unique().sort():
        if word not in words:
            raise PolicyError.unknown("category", word, words, where=str(event))
    return read


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
