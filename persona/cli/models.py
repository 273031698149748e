"""``persona models``: what each fitted model learnt from, how good it is, and why it may not be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from persona.cli.console import Screen

__all__ = ["models"]

BAR = 20
"""Signs that a probability of 1 is long."""


def models(
    *,
    workspace: WorkspaceOption = Path(),
    name: Annotated[str | None, typer.Argument(help="Show one model in full; none: all in a table.")] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show the cards of the night's models: data, skill, calibration, drift, and what speaks against them."""
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.watching import show_proxies  # noqa: PLC0415
    from persona.errors import PolicyError  # noqa: PLC0415
    from persona.runs.foreseeing import cards_of  # noqa: PLC0415
    from persona.runs.night import until  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress, until(workspace, "proxies", as_of=as_of, progress=progress) as (night, ran):
        cards, proxies = cards_of(night), night.table("proxies").to_dicts()
        currency = night.policy.workspace.currency
    known = [str(card["model"]) for card in cards]
    if name is not None and name not in known:
        raise PolicyError.unknown("model", name, known, where="persona models")
    chosen = [card for card in cards if name in (None, card["model"])]
    screen.result(as_of=str(night.as_of), ran=ran, models=chosen, proxies=proxies)
    if name is None:
        header = ("model", "customers", "skill", "drift", "used", "not to be trusted because")
        screen.table("Models", header, [_row(card) for card in chosen])
        show_proxies(screen, proxies)
        screen.line("Skill: by how much better than a naive forecast; `persona models NAME` shows a card in full.")
    else:
        _show(screen, chosen[0], currency)
    screen.line(f"As of {night.as_of}.")
    screen.finish()


def _row(card: Mapping[str, Any]) -> tuple[str | int | None, ...]:
    skill = card.get("skill")
    drift = card.get("drift")
    alarms = sum(moved["is_alarm"] for moved in drift.values()) if drift else None
    customers = card.get("customers", card["numbers"].get("fitted_on"))
    why = "; ".join(card.get("not_trusted_because", [])) or card["numbers"].get("why_not_fitted") or None
    shown = f"{100 * skill:.1f} %" if skill is not None else None
    return (card["model"], customers, shown, alarms, card.get("used", "the model"), why)


def _bin(one: Mapping[str, Any]) -> tuple[str | int, ...]:
    """A group of the calibration; where what was foretold lies outside of what chance allows, it is marked."""
    from persona.intervals import wilson  # noqa: PLC0415 - `persona --help` loads no command's work

    low, high = wilson(round(one["happened"] * one["customers"]), one["customers"])
    bar = "#" * round(BAR * one["happened"])
    is_off = not low <= one["foretold"] <= high
    between = f"{low:.3f} and {high:.3f}"
    return f"{one['foretold']:.3f}", f"{one['happened']:.3f}", between, one["customers"], f"{bar}{' !' * is_off}"


def _amounts(one: Mapping[str, Any], currency: str) -> tuple[str | int, ...]:
    """A group of the calibration of amounts."""
    from persona.cli.views import money  # noqa: PLC0415 - `persona --help` loads no command's work

    share = f"{one['came'] / one['foretold']:.2f}" if one["foretold"] else "-"
    return money(round(one["foretold"]), currency), money(round(one["came"]), currency), share, one["customers"]


def _show(screen: Screen, card: Mapping[str, Any], currency: str) -> None:
    for line in (*card["says"], *(f"Learnt from {text}." for text in card.get("learnt_from", ()))):
        screen.line(line)
    found = card.get("measured") or {}
    names = [name for name, value in found.items() if not isinstance(value, list | dict)]
    if names:
        title = "Measured on what came after" if "naive" in found else "How much of it comes out the same again"
        rows = [(name, None if found[name] is None else str(found[name])) for name in names]
        screen.table(title, ("measure", "value"), rows)
    groups = found.get("calibration", ())
    if groups and "came" in groups[0]:
        header = ("foretold", "came", "came of it", "customers")
        screen.table("Calibration: means of each tenth", header, [_amounts(one, currency) for one in groups])
    elif groups:
        screen.table("Calibration", ("foretold", "happened", "95 % between", "of", ""), [_bin(one) for one in groups])
    moved = [
        (term, f"{one['psi']:.3f}", "alarm" if one["is_alarm"] else None) for term, one in card.get("drift", {}).items()
    ]
    if moved:
        screen.table("Drift since the days learnt from", ("term", "psi", ""), moved)
    for why in card.get("not_trusted_because", ()):
        screen.line(f"! not to be trusted: {why}")
    if "used" in card:
        screen.line(f"Used: {card['used']}.")
