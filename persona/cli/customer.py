"""``persona customer``: one person's rights."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["customer"]

customer = typer.Typer(
    name="customer",
    help="Show, hand out or erase what is held of one customer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

OWNERS_ONLY = 0o600
CustomerArgument = Annotated[str, typer.Argument(help="The bank's customer id.")]


@customer.command()
def show(
    customer_id: CustomerArgument,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write it as a page of HTML into this file.", show_default=False)
    ] = None,
    event: Annotated[
        Path | None,
        typer.Option(
            "--event", help="Say what a booking just made moves: a file of JSON, kept nowhere.", show_default=False
        ),
    ] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show one person as an advisor would want to see him: what he has, what has changed, what would help.

    Needs rank what would help the person, apart from what it earns the bank. Names and addresses are in the vault,
    which this does not open.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.portrait import headline, sections  # noqa: PLC0415
    from persona.cli.portrait_page import portrait_page  # noqa: PLC0415
    from persona.runs.portrait import portrait  # noqa: PLC0415
    from persona.runs.workspace import loaded_policy  # noqa: PLC0415
    from persona.store.durable import write_file  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        told = portrait(workspace, customer_id, progress=progress, event=event)
    bank = loaded_policy(workspace).workspace
    screen.result(**asdict(told))
    screen.heading(f"Customer {customer_id}")
    screen.line(headline(told))
    for title, header, rows in sections(told, bank.currency):
        screen.table(title, header, rows)
    if to is not None:
        write_file(to, portrait_page(told, bank=bank.name, money=bank.currency).encode(), mode=OWNERS_ONLY)
        screen.line(f"Written: {to}")
    screen.finish()


@customer.command()
def erase(
    customer_id: CustomerArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Erase a person: his key, his rows everywhere, his messages in delivery files.

    A keyed hash stays, so that he is not loaded or contacted again; a certificate says what went where.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.erase import erased  # noqa: PLC0415

    if not yes:
        typer.confirm("Erase this person for good?", abort=True, err=True)
    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("erase", 0, 1)
        made = erased(workspace, customer_id)
    screen.result(**asdict(made))
    screen.table("Gone, or under a hash", ("", "rows"), list(made.rows.items()))
    if made.files:
        names = [(str(one["set"]), str(one["name"]), int(str(one["rows"]))) for one in made.files]
        screen.table("Taken out of delivery files", ("set", "file", "rows"), names)
    if made.reviews:
        screen.table("Taken out of files for review", ("file", "pairs"), list(made.reviews.items()))
    for page in made.pages:
        screen.line(f"{page} showed messages to him and is gone: persona review makes it again.")
    for place in made.by_hand:
        screen.line(f"! {place} names this person still: change it by hand.")
    for run_id in made.told:
        screen.line(f"! Files of run {run_id} had been handed over: tell those who received them.")
    screen.line(f"Erased. Certificate: {made.path}")
    screen.finish()


@customer.command()
def export(
    customer_id: CustomerArgument,
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder to write into; default: exports/ and a hash.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write down everything that is held and was decided about a person, as HTML and JSON.

    Names and addresses stand in it in clear: only the owner of the files may read them. Erasing the person takes the
    files under exports/ away too.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.export import exported  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("export", 0, 1)
        made = exported(workspace, customer_id, to=to)
    screen.result(files=[str(path) for path in made])
    for path in made:
        screen.line(f"Written: {path}")
    screen.finish()
