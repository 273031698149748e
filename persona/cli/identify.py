"""``persona identify``: records of several systems become persons and households."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.identify import Found

__all__ = ["identify"]


def identify(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    decisions: Annotated[
        Path | None, typer.Option(help="Review file with its decisions: same or different. They hold for good.")
    ] = None,
    review: Annotated[
        Path | None, typer.Option(help="Where the pairs to be decided go. Default: out/identity/review.csv.")
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Show names and addresses in the review file instead of masking them.")
    ] = False,
    refit: Annotated[bool, typer.Option("--refit", help="Learn the weights anew instead of keeping them.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find the records that are one person, and the persons who live together.

    By rules/identity.yaml. From then on every command treats a person's records as one customer.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.identify import identify as identified  # noqa: PLC0415
    from persona.runs.night import newest_delivery  # noqa: PLC0415
    from persona.runs.workspace import as_of_rule, loaded_policy  # noqa: PLC0415
    from persona.store import Store  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    policy = loaded_policy(workspace)
    with Store.open(policy.root, policy.workspace) as store, screen.progress() as progress:
        instant = as_of_rule(policy, as_of, newest_delivery=newest_delivery(store))
        found = identified(
            policy,
            store,
            instant,
            progress=progress,
            decisions=decisions,
            review=review,
            is_clear=clear,
            is_refitting=refit,
        )
    _show(screen, found)
    screen.finish()


def _show(screen: Screen, found: Found) -> None:
    file = str(found.review) if found.review else None
    frames = {name: getattr(found, name) for name in ("links", "sizes", "largest", "overshared")}
    screen.result(**found.summary, review=file, **{name: frame.to_dicts() for name, frame in frames.items()})
    told = [(name.replace("_", " "), value) for name, value in found.summary.items()]
    screen.table("Identity", ("", "count"), told)
    screen.table("Links", ("link", "outcome", "pairs"), frames["links"].rows())
    screen.table("Persons by records", ("records", "persons"), frames["sizes"].rows())
    screen.table("Largest persons: look here for records that are wrongly one", ("person", "records"),
                 [(f"no {no}", count) for no, count in frames["largest"].iter_rows()])  # fmt: skip
    screen.table("Keys shared by too many to mean a person", ("key", "values", "records", "most"),
                 frames["overshared"].rows())  # fmt: skip
    if file:
        screen.line(f"Next: decide on {found.review}, then persona identify --decisions {file}.")
    else:
        screen.line("Nothing is left to decide. Next: persona run.")
