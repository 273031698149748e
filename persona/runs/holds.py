"""Customers under legal hold: nothing that is held of them may be taken away."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from persona.errors import PolicyError
from persona.policy.policy import Policy
from persona.policy.workspace import Retention
from persona.store import Store

__all__ = ["Held", "Hold", "held", "holds"]


@dataclass(frozen=True, slots=True)
class Held:
    """Who is under legal hold."""

    numbers: frozenset[int]
    """Of customers: of all records that are one person."""
    unknown: int
    """Ids on the list that nobody has: a slip would let evidence go."""


_NEEDED = ("customer_id", "reason")


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of a customer may be taken away."""

    reason: str
    until: date | None
    """First day on which it holds no longer; None: until the line is taken out."""


def held(policy: Policy, store: Store, *, day: date) -> Held:
    """Who is under legal hold on a day.

    Raises: PolicyError where the list cannot be read.
    """
    ids = sorted(holds(policy.root, policy.workspace.retention, day=day))
    known = store.crosswalk().filter(pl.col("customer_id").is_in(pl.Series(ids, dtype=pl.String).implode()))
    return Held(frozenset(known["customer_no"].to_list()), len(ids) - known["customer_id"].n_unique())


def holds(root: Path, retention: Retention, *, day: date) -> dict[str, Hold]:
    """The holds in force on a day, by customer id; none where persona.yaml names no file of them.

    Raises: PolicyError where the file is not there or a line of it cannot be read: a hold that is overlooked destroys
    evidence.
    """
    if retention.holds is None:
        return {}
    where = retention.holds
    try:
        with (root / where).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                hint = "The first line is customer_id,reason,until."
                raise PolicyError(f"column {', '.join(missing)} is missing", where=where, hint=hint)
            found = [_hold(row, f"{where}:{reader.line_num}") for row in reader]
    except OSError as error:
        hint = "Put the list of legal holds there, with its header alone if there are none."
        raise PolicyError(f"cannot be read: {error.strerror}", where=where, hint=hint) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise PolicyError("is no CSV in UTF-8", where=where) from error
    return {customer_id: hold for customer_id, hold in found if hold.until is None or day < hold.until}


def _hold(row: dict[str, str | None], where: str) -> tuple[str, Hold]:
    customer_id, reason = ((row.get(name) or "").strip() for name in _NEEDED)
    if not customer_id or not reason:
        raise PolicyError("needs a customer and a reason", where=where)
    until = (row.get("until") or "").strip()
    try:
        return customer_id, Hold(reason, date.fromisoformat(until) if until else None)
    except ValueError as error:
        raise PolicyError("until is no day such as 2027-01-31", where=where) from error
