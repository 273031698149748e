"""Whom the bank watches over, as tables for people: what could stand in for a group, and how campaigns treat it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona.cli.console import Screen

__all__ = ["show_fairness", "show_proxies"]


def show_fairness(screen: Screen, found: Mapping[str, Any]) -> None:
    """The measures of each campaign against the group that is chosen most, and who answers for what is not kept."""
    rows = [
        (
            one["offer"],
            f"{one['watched']}: {one['group']}",
            one["customers"],
            one["chosen"],
            _figure(one["impact_ratio"]),
            _figure(one["conditional_ratio"]),
            _figure(one["mean_difference"]),
            _figure(one.get("price_difference")),
            ", ".join(one["breaches"]) or None,
        )
        for one in found.get("measures", ())
    ]
    differ = ("scores differ", "prices differ")
    header = ("offer", "group", "could be told", "chosen", "impact ratio", "among equals", *differ, "not kept")
    screen.table("Fairness, against the group that is chosen most", header, rows)
    for one in found.get("breaches", ()):
        by = one["override"]
        what = f"{one['offer']}: {one['measure']} of {one['watched']} {one['group']} is {one['is']}"
        answers = f"{by['who']} answers for it until {by['until']}" if by else "nobody answers for it"
        screen.line(f"! {what}; {answers}.")


def show_proxies(screen: Screen, proxies: Sequence[Mapping[str, Any]]) -> None:
    """How well what decides on each offer tells a watched group from all others."""
    rows = [
        (
            one["offer"],
            f"{one['watched']}: {one['group']}",
            one["customers"],
            _figure(one["auc"]),
            ", ".join(f"{name} {auc:.2f}" for name, auc in json.loads(one["strongest"])) or None,
        )
        for one in proxies
    ]
    header = ("offer", "group", "tested on", "told apart", "most by")
    screen.table("Could what decides stand in for a watched group? 0.5: not at all, 1: always", header, rows)


def _figure(figure: float | None) -> str | None:
    return None if figure is None else f"{figure:.2f}"
