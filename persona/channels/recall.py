"""What is recalled: out of the files that have not left, and onto a list for each vendor who has his files already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from persona.channels.disk import Sink, filled, guarded, moved, there
from persona.channels.manifest import read
from persona.channels.profile import renamed
from persona.channels.publish import generic
from persona.channels.sealed import SUFFIX, Seal
from persona.channels.withdrawn import Marks, withdrawn
from persona.channels.writers import pieces
from persona.policy.rules import Delivery

__all__ = ["KEYS", "KillList", "kill_lists", "taken_out"]

KEYS = ("message_id", "run_id")
"""What a kill list says of a message: never why, which is nothing that a vendor needs to know."""

REASON = "recalled"
"""What the manifest counts the rows under that were taken out."""


@dataclass(frozen=True, slots=True)
class KillList:
    """The messages of a run that a vendor must not send."""

    target: str
    """From the workspace's root."""
    profile: str
    channel: str
    messages: int
    """All of them, those of earlier lists too: the newest list is the whole truth."""


def taken_out(folder: Path, message_ids: Collection[str], *, handed: Collection[str], on: date, seal: Seal) -> int:
    """How many rows were taken out of the files of a set that have not been handed over.

    The rows of a channel with several profiles are counted in each. ``handed`` are names of files, which stay.
    Raises: WriteError.
    """
    waiting = {row.name for row in read(folder)[1]} - set(handed)
    if not waiting:
        return 0
    marks = Marks(frozenset(), frozenset(message_ids))
    return sum(one.rows for one in withdrawn(folder, marks, on=on, seal=seal, why=REASON, names=waiting))


def kill_lists(
    recalls: pl.DataFrame,
    *,
    root: Path,
    run_id: str,
    profiles: Sequence[Delivery],
    handed: Collection[tuple[str, str]],
    seal: Seal,
) -> tuple[KillList, ...]:
    """The lists of a run, each written whole and at once beside the files that it is about.

    Reads: of ``recalls`` the ``message_id`` and ``channel``. ``handed`` are the channels and profiles of which a file
    has left; a profile that the rules have no more gets its list in the generic shape.
    Raises: WriteError.
    """
    known: dict[tuple[str, str], Delivery] = {(one.channel, one.profile): one for one in profiles}
    made = []
    for channel, name in sorted(handed):
        profile = known.get((channel, name), generic(channel))
        own = recalls.filter(pl.col("channel") == channel).select("message_id", pl.lit(run_id).alias("run_id"))
        if own.height:
            target = f"{profile.drop}/{_name(profile, name, run_id, own.height)}"
            _written(root / target, _shaped(own.sort("message_id"), profile), profile, seal)
            made.append(KillList(target, name, channel, own.height))
    return tuple(made)


def _name(profile: Delivery, name: str, run_id: str, rows: int) -> str:
    """The number of its rows makes the name new whenever the list is another: a list only grows."""
    suffix = SUFFIX if profile.encrypt else ""
    return f"{run_id}_{profile.channel}_{name}_recall_{rows:07d}.{profile.format}{suffix}"


def _shaped(rows: pl.DataFrame, profile: Delivery) -> pl.DataFrame:
    """The keys under the vendor's names, in his order."""
    names = {name: column for name, column in (profile.columns or {}).items() if column in KEYS}
    return renamed(rows, profile.model_copy(update={"columns": names or None}))


def _written(target: Path, rows: pl.DataFrame, profile: Delivery, seal: Seal) -> None:
    aside = target.with_name(f".{target.name}.part")
    there(target.parent)
    with guarded(aside):
        aside.unlink(missing_ok=True)

    def fill(sink: Sink) -> None:
        if profile.encrypt is None:
            for piece in pieces(rows, profile):
                sink.write(piece)
        else:
            seal.write(sink, pieces(rows, profile), to=profile.encrypt.recipients)

    filled(aside, fill)
    moved(aside, target)
