"""The frontier of a bound: what the plan is worth, uses and would pay for one more unit, as the bound is moved.

The book is weighed once; only what it shares is shared out anew at each point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from persona.decisions import Allocated, Terms
from persona.errors import PolicyError, PolicyErrors
from persona.policy.catalog import Offer
from persona.policy.constraints import Constraints
from persona.policy.model import FileModel
from persona.policy.policy import Policy
from persona.policy.setting import Found, found, with_value
from persona.runs.deciding import Book, book_of, shared_out
from persona.runs.night import opened
from persona.runs.nightly import STEPS, profile_of
from persona.runs.plan import Night, Progress, done
from persona.runs.workspace import loaded_policy

__all__ = ["Frontier", "Point", "frontier", "limits_of"]

_WHERE = "--vary"
_MOST = 100
"""Points of a curve."""
_DEEP = len(("constraints", 0, "max"))
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6}


@dataclass(frozen=True, slots=True)
class Point:
    """The plan at one place of the bound; without a plan that keeps all constraints there, ``why`` says so."""

    limit: float
    value_minor: int | None
    bound_minor: int | None
    """No plan is worth more there."""
    messages: int | None
    use: float | None
    price_minor: float | None
    """What one more unit is worth."""
    why: str = ""


@dataclass(frozen=True)
class Frontier:
    """The curve of one bound of a night's marketing."""

    name: str
    """The constraint, or the offer whose cap it is."""
    bound: str
    unit: str
    now: float | None
    """Where the bound stands."""
    run_id: str
    as_of: str
    currency: str
    points: tuple[Point, ...]


def limits_of(text: str, *, points: int) -> list[float]:
    """The places between two bounds, such as ``10k:100k``, evenly apart; whole numbers where both are.

    >>> limits_of("10k:40k", points=4)
    [10000.0, 20000.0, 30000.0, 40000.0]

    Raises: PolicyError where it is no range.
    """
    number = r"([0-9]+(?:\.[0-9]+)?)([kKmM]?)"
    said = re.fullmatch(f"{number}:{number}", text.strip())
    low, high = (float(said[at]) * _SCALES[said[at + 1].lower()] for at in (1, 3)) if said else (0.0, 0.0)
    if not low < high:
        hint = "Write it as 10k:100k, the lower end first."
        raise PolicyError(f"{text!r} is no range", where=_WHERE, hint=hint)
    if not 1 < points <= _MOST:
        raise PolicyError(f"{points} points make no curve", where="--points", hint=f"From 2 to {_MOST}.")
    places = [low + (high - low) * number / (points - 1) for number in range(points)]
    is_whole = low.is_integer() and high.is_integer() and high - low >= points - 1
    return [float(round(one)) for one in places] if is_whole else [round(one, 6) for one in places]


def frontier(root: Path, path: str, span: str, *, points: int, as_of: str | None, progress: Progress) -> Frontier:
    """The curve of a bound of rules/constraints.yaml, or of the cap of an offer.

    Raises: PolicyError where the path leads to none, or the range is none; what the nightly steps raise.
    """
    limits = limits_of(span, points=points)
    place = _place(loaded_policy(root), path)
    with opened(root, as_of=as_of, progress=progress, is_loading=False) as here:
        night = here.night
        done(STEPS, night, until="decisions")
        book = book_of(night, profile_of)
        made = []
        for number, limit in enumerate(limits):
            progress("curve", number, len(limits))
            made.append(_point(night, book, place, limit))
        name, bound, unit = _names(place)
        now = None if place.value is None else float(str(place.value))
        currency = night.policy.workspace.currency
        return Frontier(name, bound, unit, now, night.run_id, str(night.as_of), currency, tuple(made))


def _place(policy: Policy, path: str) -> Found:
    """The bound that is meant: a path as of a what-if, or the id of a constraint, with max or min where it has both."""
    first = path.partition(".")[0]
    ids, offers = ([one.id for one in policy.constraints.constraints], [one.offer for one in policy.offers])
    known = {**dict.fromkeys(offers, "offers"), **dict.fromkeys(ids, "constraints")}
    if first not in known and first not in ("constraints", "offers", "offer"):
        caps = [f"{one.offer}.cap" for one in policy.offers if one.cap is not None]
        raise PolicyError.unknown("bound", path, [*ids, *caps], where=_WHERE)
    place = found(policy.models, f"{known[first]}.{path}" if first in known else path, where=_WHERE)
    if isinstance(place.model, Constraints) and isinstance(place.value, Mapping):
        bound = "max" if "max" in place.value else "min"
        place = replace(place, path=(*place.path, bound))
    is_bound = isinstance(place.model, Constraints) and place.path[-1] in ("max", "min") and len(place.path) == _DEEP
    is_cap = isinstance(place.model, Offer) and place.path == ("cap",)
    if not is_bound and not is_cap:
        hint = "Vary a max or min of rules/constraints.yaml or the cap of an offer; for all else: persona whatif --set."
        raise PolicyError("is no bound of the whole book", where=f"{_WHERE} {path}", hint=hint)
    return place


def _names(place: Found) -> tuple[str, str, str]:
    if isinstance(place.model, Offer):
        return place.model.offer, "cap", "customers"
    one = _constraints(place.model).constraints[int(place.path[1])]
    return one.id, str(place.path[-1]), one.unit


def _constraints(model: FileModel) -> Constraints:
    return model if isinstance(model, Constraints) else Constraints()


def _point(night: Night, book: Book, place: Found, limit: float) -> Point:
    text = str(int(limit)) if limit.is_integer() else str(limit)
    changed = with_value(place, text, where=f"{_WHERE} {text}")
    try:
        whole = _shared(night, book, changed)
    except PolicyErrors as told:
        return Point(limit, None, None, None, None, None, "; ".join(one.what for one in told.errors))
    name, bound, _ = _names(place)
    plan = whole.plans.filter(pl.col("slot") == "marketing").row(0, named=True)
    mine = (pl.col("constraint_id") == name) & (pl.col("bound") == bound)
    line = whole.constraints.filter(mine).sort("slot").rows(named=True)
    use, price = (line[0]["use"], line[0]["shadow_price"]) if line else (None, None)
    value, most = (round(plan[key] / 1_000) for key in ("value_milli", "bound_milli"))
    return Point(limit, value, most, plan["chosen"], use, price)


def _shared(night: Night, book: Book, changed: FileModel) -> Allocated:
    """The book shared out under a file that differs in one bound: its expressions are those of the night's policy."""
    if isinstance(changed, Constraints):
        terms = Terms.of(changed, book.room.actions, night.policy.checked)
        return shared_out(night, book, terms=terms)
    others = [
        replace(one, offer=changed) if isinstance(changed, Offer) and one.offer.offer == changed.offer else one
        for one in book.room.actions
    ]
    return shared_out(night, book, actions=others)
