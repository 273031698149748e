"""How one person travels and what he does with his points, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Habit", "travel"]

_PARTIES = {"family": "as a family: an allowance for a child comes into the household"}


@dataclass(frozen=True, slots=True)
class Habit:
    """One thing that he does, or says that he likes."""

    what: str
    says: str


def travel(facts: Mapping[str, Any]) -> Iterator[Habit]:
    """What the profile knows of his journeys and points; a column that is null or absent says nothing."""
    if often := _often(facts):
        yield Habit("travels", often)
    if facts.get("journey_season"):
        yield Habit("mostly in", str(facts["journey_season"]))
    yield from _liking(
        "goes to", "would like to go to", facts.get("destination_kind"), facts.get("prefers_destination")
    )
    if facts.get("journey_lead_days") is not None:
        yield Habit("books", f"{facts['journey_lead_days']} days ahead")
    if facts.get("journey_ahead_days") is not None:
        yield Habit("before him", f"a journey that he booked {facts['journey_ahead_days']} days ago")
    if _has_party(facts):
        yield Habit("travels", _PARTIES[facts["journey_party"]])
    yield from _liking(
        "redeems points for", "would like points for", facts.get("redeems_for"), facts.get("prefers_reward")
    )
    if facts.get("points_redeemed_365d"):
        yield Habit("redeemed", f"{facts['points_redeemed_365d']:,} points in 365 days")
    if facts.get("points_balance"):
        yield Habit("has", f"{facts['points_balance']:,} points")


def _has_party(facts: Mapping[str, Any]) -> bool:
    """Whether it is known who comes along, of one who travels: of who does not it says nothing of travel."""
    return facts.get("journey_party") in _PARTIES and bool(facts.get("journeys_365d"))


def _often(facts: Mapping[str, Any]) -> str:
    number, gap = facts.get("journeys_365d"), facts.get("journey_gap_days")
    times = f"{number} {'journey' if number == 1 else 'journeys'} in 365 days" if number else ""
    beat = f"one every {gap:.0f} days" if gap is not None else ""
    return ", ".join(part for part in (times, beat) if part)


def _liking(title: str, wish: str, does: str | None, states: str | None) -> Iterator[Habit]:
    """What he does, beside what he has stated: alike, otherwise, or one of both alone."""
    if does and states:
        yield Habit(title, f"{does}, as he has stated" if does == states else f"{does}; has stated {states}")
    elif does or states:
        yield Habit(title if does else wish, str(does or states))
