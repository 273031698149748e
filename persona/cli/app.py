"""The verbs of the command line; each imports what it runs when it is run, so that help is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from persona import __version__
from persona.cli.approve import approve
from persona.cli.audit import audit
from persona.cli.customer import customer
from persona.cli.decide import decide
from persona.cli.deliver import deliver
from persona.cli.diff import diff
from persona.cli.explain import explain
from persona.cli.frontier import frontier
from persona.cli.identify import identify
from persona.cli.init import init
from persona.cli.load import load
from persona.cli.models import models
from persona.cli.plan import plan
from persona.cli.proof import proof
from persona.cli.purge import purge
from persona.cli.recall import recall
from persona.cli.reconcile import reconcile
from persona.cli.release import release
from persona.cli.render import render
from persona.cli.review import review
from persona.cli.rules import rules
from persona.cli.run import run
from persona.cli.schema import schema
from persona.cli.score import score
from persona.cli.segment import segment
from persona.cli.status import status
from persona.cli.unload import unload
from persona.cli.unsubscribe import unsubscribe
from persona.cli.validate import validate
from persona.cli.vault import vault
from persona.cli.whatif import whatif

__all__ = ["COMMANDS", "GROUPS", "app"]

EXIT_CODES = """
Exit codes: 0 done - 1 a fault of ours - 2 rules or command line wrong - 3 an extract cannot be accepted -
4 a table breaks its contract - 5 compliance, approval, a guardrail or a threshold stops the run -
6 something could not be written - 75 another run holds the workspace - 130 interrupted.
"""

app = typer.Typer(
    name="persona",
    help="Treat each customer as one person: signal, decision, experience, and what came of it.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

COMMANDS = (
    init,
    validate,
    schema,
    load,
    unload,
    audit,
    identify,
    segment,
    score,
    models,
    decide,
    plan,
    whatif,
    diff,
    frontier,
    render,
    proof,
    approve,
    review,
    release,
    deliver,
    recall,
    reconcile,
    run,
    explain,
    status,
    purge,
)
"""In the order in which a newcomer meets them."""

GROUPS = (rules, customer, unsubscribe, vault)
"""Nouns with verbs of their own, such as ``persona vault rotate``."""

for command in COMMANDS:
    app.command()(command)
for group in GROUPS:
    app.add_typer(group)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer hands the flag over by position
    if asked:
        typer.echo(f"persona {__version__}")
        raise typer.Exit


@app.callback()
def door(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Treat each customer as one person: signal, decision, experience, and what came of it."""
