"""The hand-over: released files, byte for byte as they were published, into each vendor's folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from persona.channels.disk import copied, digest, guarded, moved, there
from persona.channels.manifest import FileRow, read
from persona.channels.publish import generic
from persona.errors import ComplianceError, WriteError
from persona.policy.rules import Delivery

__all__ = ["Handed", "deliver", "reconciled"]

Status = Literal["handed_off", "there already", "waits for release"]


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of one file."""

    file: FileRow
    target: str
    """From the workspace's root."""
    status: Status


def deliver(
    folder: Path,
    *,
    root: Path,
    profiles: Sequence[Delivery],
    released: Collection[str] = ("automatic",),
    already: Collection[str] = (),
) -> tuple[Handed, ...]:
    """Hand the files of a published set over, each whole and at once, in the order of their names.

    ``released`` are the modes of release that may leave; ``already`` the sha256 of files handed over before, which a
    vendor may have taken away since: they are not handed over twice.
    Raises: ComplianceError for a draft; WriteError where a file is not as it was published, the disk refuses, or
    another file has its name. What was handed over before the fault stays, and is not handed over again.
    """
    said, files = read(folder)
    if said["is_draft"]:
        raise ComplianceError("a draft is never delivered", where=str(folder), hint="Render it without --draft.")
    reconciled(said, files)
    drops: dict[tuple[str, str], str] = {(one.channel, one.profile): one.drop for one in profiles}
    handed = []
    for row in files:
        drop = drops.get((row.channel, row.profile), generic(row.channel).drop)
        target = f"{drop}/{Path(row.name).name}"
        handed.append(Handed(row, target, _handed(folder / row.name, row, root / target, released, already)))
    return tuple(handed)


def _handed(source: Path, row: FileRow, target: Path, released: Collection[str], already: Collection[str]) -> Status:
    if row.release not in released:
        return "waits for release"
    if row.sha256 in already:
        return "there already"
    if target.exists():
        if digest(target).sha256 == row.sha256:
            return "there already"
        hint = "Ask the vendor whether it was taken, then move it away."
        raise WriteError("another file has this name already", where=str(target), hint=hint)
    aside = target.with_name(f".{target.name}.part")
    there(target.parent)
    with guarded(aside):
        aside.unlink(missing_ok=True)
    if copied(source, aside).sha256 != row.sha256:
        with guarded(aside):
            aside.unlink()
        raise WriteError("is not what was published", where=str(source), hint="Render the set again.")
    moved(aside, target)
    return "handed_off"


def reconciled(said: dict[str, object], files: Sequence[FileRow]) -> None:
    """Nothing, where the manifest's counts agree: planned = written + withheld, and each written row is in a file.

    Raises: WriteError with the counts that differ.
    """
    counts = said["counts"]
    if not isinstance(counts, dict):
        raise WriteError("the manifest has no counts", hint="Render the set again.")
    if counts["planned"] != counts["written"] + counts["withheld"]:
        what = f"{counts['planned']:,} planned, {counts['written']:,} written, {counts['withheld']:,} withheld"
        raise WriteError(f"the counts do not agree: {what}", hint="Render the set again.")
    for channel, profile in sorted({(row.channel, row.profile) for row in files}):
        rows = sum(row.rows for row in files if (row.channel, row.profile) == (channel, profile))
        meant = counts["written_by_channel"].get(channel, 0) - counts["unfit_by_profile"].get(f"{channel}/{profile}", 0)
        if rows != meant:
            raise WriteError(f"{profile}: {rows:,} rows in files, {meant:,} written", hint="Render the set again.")
