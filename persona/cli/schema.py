"""``persona schema``: JSON Schemas of every kind of rule file, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["schema"]


def schema(
    kind: Annotated[str | None, typer.Argument(help="Kind of file, such as offer; all kinds when not given.")] = None,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write one <kind>.schema.json each into.")] = None,
) -> None:
    """Print the JSON Schemas of the rule files, for editors.

    With --out, one file for each kind of rule file is written, so that an editor completes and checks what is typed.
    """
    import json  # noqa: PLC0415 - `persona --help` loads no command's work

    from persona.cli.console import Screen  # noqa: PLC0415
    from persona.errors import PolicyError  # noqa: PLC0415
    from persona.policy.schema import schemas  # noqa: PLC0415

    screen = Screen()
    known = schemas()
    if kind is not None and kind not in known:
        raise PolicyError.unknown("kind of file", kind, known, where="persona schema")
    chosen = known if kind is None else {kind: known[kind]}
    if out is None:
        screen.line(json.dumps(chosen if kind is None else chosen[kind], indent=2))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, one in chosen.items():
        (out / f"{name.replace(' ', '-')}.schema.json").write_text(json.dumps(one, indent=2) + "\n", encoding="utf-8")
    screen.line(f"Wrote {len(chosen)} schemas to {out}.")
