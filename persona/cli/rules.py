"""``persona rules``: the compliance rules, the bank's own and those of its packs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["rules"]

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
