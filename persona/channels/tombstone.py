"""What is left of a set of files that was taken away: its names and hashes, so that it can still be proved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from persona.channels.disk import guarded, synced, written
from persona.channels.manifest import MANIFEST, SUCCESS, FileRow, read, sha256_of
from persona.channels.publish import generic
from persona.policy.rules import Delivery

__all__ = ["TOMBSTONE", "handed", "sets", "taken_away"]

TOMBSTONE = "TOMBSTONE.json"


def sets(out: Path) -> list[Path]:
    """The complete sets of files below a folder, drafts too, by name."""
    if not out.is_dir():
        return []
    return sorted(one for one in out.iterdir() if not one.is_symlink() and (one / SUCCESS).is_file())


def handed(folder: Path, *, root: Path, profiles: Sequence[Delivery]) -> list[tuple[Path, FileRow]]:
    """Where each file of a set lies in its drop folder, as far as the vendor has not taken it."""
    drops: dict[tuple[str, str], str] = {(one.channel, one.profile): one.drop for one in profiles}
    found = []
    for row in read(folder)[1]:
        drop = drops.get((row.channel, row.profile), generic(row.channel).drop)
        target = root / drop / Path(row.name).name
        if target.is_file():
            found.append((target, row))
    return found


def taken_away(folder: Path, *, on: date, why: str) -> int:
    """How many files of a set are gone; its tombstone names the set's manifest and each file by their hashes.

    A kill leaves a set that is not complete; doing it again ends it.
    """
    said, files = read(folder)
    tombstone = {
        "run_id": said["run_id"],
        "as_of": said["as_of"],
        "taken_away_on": on.isoformat(),
        "why": why,
        "manifest_sha256": sha256_of((folder / MANIFEST).read_bytes()),
        "files": [{key: asdict(row)[key] for key in ("name", "sha256", "bytes", "rows")} for row in files],
    }
    aside = folder / f".{TOMBSTONE}"
    with guarded(aside):
        aside.unlink(missing_ok=True)
    written(aside, [f"{json.dumps(tombstone, sort_keys=True, indent=1)}\n".encode()])
    with guarded(folder):
        aside.rename(folder / TOMBSTONE)
        _cleared(folder, {TOMBSTONE})
    synced(folder)
    return len(files)


def _cleared(folder: Path, keep: Collection[str]) -> None:
    # The marks of a complete set go last: until then it is found and read again, and this is done to its end.
    last = (MANIFEST, SUCCESS)
    for one in sorted(folder.iterdir(), key=lambda path: (path.name in last, path.name == MANIFEST)):
        if one.name in keep:
            continue
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()
