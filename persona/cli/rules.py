"""``persona rules``: the compliance rules, the bank's own and those of its packs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.counting import Counted

__all__ = ["rules"]

RunOption = Annotated[
    str | None, typer.Option("--run", help="The run to count; the newest when not given.", show_default=False)
]
STAGES = ("reachable", "eligible", "relevant", "suitable", "contact policy", "worth it", "told")

rules = typer.Typer(
    name="rules",
    help="Look into the rules that decide who may be told what.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@rules.callback()
def door() -> None:
    """Look into the rules that decide who may be told what."""


@rules.command("test")
def examples(
    names: Annotated[list[str] | None, typer.Argument(help="Rules to test; none: all.")] = None,
    *,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold each compliance rule against its own examples: what it must let pass, and what it must stop.

    A rule needs two of each. Exit code 2 where one says otherwise, with file, line and column of the example.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import PolicyError, PolicyErrors  # noqa: PLC0415
    from persona.runs.ruling import ruled  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    day, found = ruled(workspace, names or ())
    screen.result(day=str(day), rules=[asdict(one) for one in found])
    rows = [
        (one.rule, one.jurisdiction, one.law, one.examples, len(one.faults) or None, None if one.in_force else "no")
        for one in found
    ]
    screen.table("Rules and their examples", ("rule", "where", "law", "examples", "wrong", "in force"), rows)
    screen.line(f"{len(found)} rules, {sum(one.examples for one in found)} examples; in force is as of {day}.")
    screen.finish()
    faults = [PolicyError(fault.what, where=fault.where) for one in found for fault in one.faults]
    if faults:
        raise PolicyErrors(faults)


@rules.command("funnel")
def funnel(
    *,
    offer: Annotated[str | None, typer.Option("--offer", help="Only this offer, condition by condition.")] = None,
    run: RunOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Count how many customers are left of each offer after each stage, or of one after each condition.

    Alone: customers who cannot have the offer and could, were it not for this one rule.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.counting import funnels  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        told = funnels(workspace, offer=offer, run_id=run, as_of=as_of, progress=progress)
    screen.result(run_id=told.run_id, as_of=told.as_of, offer=offer, customers=told.customers, funnel=told.rows)
    if offer:
        rows = [
            (row["letter"], row["id"] or row["says"], row["left"], row["lost"] or None, row["refused"],
             row["unknown"] or None, row["alone"] or None, row["source"] or None)
            for row in told.rows
            if row["id"] or row["lost"] or row["alone"] or row["letter"] == "O"
        ]  # fmt: skip
        header = ("", "asked", "left", "lost", "do not meet it", "unknown", "alone", "source")
        screen.table(f"{offer}: {told.customers:,} customers", header, rows)
    else:
        left = [
            (row["offer_id"], *(row[name] for name in STAGES),
             f"{row['most_alone']}: {row['alone']:,}" if row["alone"] else None)
            for row in told.rows
        ]  # fmt: skip
        head = ("offer", *STAGES, "most often alone in the way")
        screen.table(f"Customers left, of {told.customers:,}", head, left)
    _end(screen, told)


@rules.command("cost")
def cost(
    *,
    run: RunOption = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell what each rule costs that alone stands in the way: customers, value forgone, people protected.

    Value forgone is what the plan could gain at most without the rule, at the night's prices of what is scarce; people
    protected are those whom marketing would tell something else then. --set of persona whatif says it to the cent.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.views import money  # noqa: PLC0415
    from persona.runs.counting import rule_costs  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        told = rule_costs(workspace, run_id=run, as_of=as_of, progress=progress)
    screen.result(run_id=told.run_id, as_of=told.as_of, customers=told.customers, costs=told.rows)
    rows = [
        (row["id"], row["letter"], row["offers"], row["alone"], row["protected"],
         None if row["value_minor"] is None else money(row["value_minor"], told.currency), row["source"] or None)
        for row in told.rows
    ]  # fmt: skip
    header = ("rule", "", "offers", "alone", "protected", "forgone, at most", "source")
    screen.table(f"What rules cost that alone stand in the way, of {told.customers:,} customers", header, rows)
    if any(row["value_minor"] is None for row in told.rows):
        screen.line("! Value is told of the last two nights, while the rules are those of the night.")
    _end(screen, told)


def _end(screen: Screen, told: Counted) -> None:
    """Which night was counted."""
    if told.rules_changed:
        screen.line("The rules have changed since that night: this is how they read then.")
    when = "" if told.is_finished else ", not run yet: this is what it would decide"
    screen.line(f"Run {told.run_id}, as of {told.as_of}{when}.")
    screen.finish()
