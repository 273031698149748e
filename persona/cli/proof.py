"""``persona proof``: invented people through every treatment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["proof"]


def proof(
    offers: Annotated[
        list[str] | None, typer.Argument(help="Offers to render; all if none.", metavar="OFFER...")
    ] = None,
    *,
    on: Annotated[str | None, typer.Option("--on", help="The day as of which; default: today.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Render invented people through every treatment.

    They are those of rules/personas.yaml. The page lies in out/proofs; each message bears a mark, and none is ever
    handed over.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.gallery import gallery_page  # noqa: PLC0415
    from persona.runs.proofing import PROOF, proofs, written  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("proofs", 0, 1)
        told = proofs(workspace, offers or [], on=on)
        path = written(workspace, gallery_page(told, mark=PROOF))
    withheld = [
        (card.stratum.name, card.why.partition(":")[0], ", ".join(card.failed)) for card in told.cards if card.failed
    ]
    header = ("stratum", "person", "withheld by")
    screen.result(
        page=str(path), messages=len(told.cards), withheld=[dict(zip(header, row, strict=True)) for row in withheld]
    )
    screen.table("Checks would withhold", header, withheld)
    screen.heading(f"{len(told.cards):,} messages in {len(told.strata)} strata: {path}")
    screen.finish()
