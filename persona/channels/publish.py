"""A night's files, made aside and made visible at once: ``out/<run_id>/<channel>/...``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from persona import __version__
from persona.channels.columns import shaped
from persona.channels.disk import Sink, digest, emptied, filled, guarded, moved, pointed, synced, written
from persona.channels.manifest import (
    MANIFEST,
    SUCCESS,
    Encrypted,
    FileRow,
    contents,
    counted,
    described,
    read,
    sha256_of,
)
from persona.channels.profile import file_name, fitting, renamed
from persona.channels.samples import Sample, sampled, samples_of
from persona.channels.sealed import Seal
from persona.channels.writers import pieces
from persona.clock import AsOf
from persona.errors import WriteError
from persona.policy.rules import Delivery
from persona.policy.workspace import Workspace

__all__ = ["MODES", "Published", "generic", "publish"]

MODES = ("automatic", "sampled", "manual")
"""How messages are released; each mode has its own files, so that one can leave before another."""

Modes = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Published:
    """A set of files as it lies in ``out/``."""

    folder: Path
    manifest_sha256: str
    files: tuple[FileRow, ...]
    unfit: pl.DataFrame
    """Rows that a profile's file cannot hold: ``message_id``, ``channel``, ``profile``, ``reason``."""
    is_new: bool
    """False where the very same set was there already."""


def generic(channel: str) -> Delivery:
    """The profile of a channel for which the rules have none: all of our columns as CSV."""
    return Delivery.model_validate({"profile": "generic", "channel": channel, "drop": f"delivery/{channel}"})


def publish(
    out: Path,
    *,
    run_id: str,
    as_of: AsOf,
    messages: pl.DataFrame,
    workspace: Workspace,
    profiles: Sequence[Delivery],
    modes: Modes,
    facts: Mapping[str, object],
    seal: Seal,
    is_draft: bool = False,
) -> Published:
    """Write the files of all checked messages, and let them appear at once; ``out/latest`` points to them.

    ``modes`` says how each (offer, treatment) is released. A draft lies in ``out/<run_id>-draft`` and is never latest.
    The same set published again changes nothing; where files are encrypted, what they say is what is the same.
    Raises: WriteError where the disk refuses, or another set has the run's name; nothing half-made is visible.
    """
    name = f"{run_id}-draft" if is_draft else run_id
    aside = emptied(out / f".tmp-{name}")
    shape = _Shape(workspace, profiles, run_id, as_of, modes, seal)
    files: list[FileRow] = []
    samples: list[Sample] = []
    unfit = [_NO_UNFIT]
    for channel in dict.fromkeys((*workspace.channels, *messages["channel"].unique().sort())):
        rows = _write_channel(aside / channel, messages, shape, files, unfit)
        if not any(one.encrypt for one in profiles if one.channel == channel):
            samples += sampled(aside, rows, channel, workspace=workspace, as_of=as_of)
    told = pl.concat(unfit).sort("channel", "profile", "message_id")
    said = described(
        files,
        run_id=run_id,
        as_of=str(as_of),
        producer=f"persona {__version__}",
        is_draft=is_draft,
        counts={**counted(messages), "unfit_by_profile": _by_profile(told)},
        facts={**facts, "samples": [one.said for one in samples]},
    )
    written(aside / MANIFEST, [said])
    written(aside / SUCCESS, [b""])
    synced(aside)
    is_new = _made_visible(aside, out / name, said, is_draft=is_draft)
    if not is_draft:
        pointed(out / "latest", name)
    lies = said if is_new else (out / name / MANIFEST).read_bytes()
    return Published(out / name, sha256_of(lies), read(out / name)[1], told, is_new)


_NO_UNFIT = pl.DataFrame(schema=dict.fromkeys(("message_id", "channel", "profile", "reason"), pl.String))


def _by_profile(unfit: pl.DataFrame) -> dict[str, int]:
    """How many rows each profile cannot hold, by channel/profile."""
    named = unfit.select(name=pl.format("{}/{}", "channel", "profile"))
    return dict(named.group_by("name").agg(count=pl.len()).sort("name").iter_rows())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What shapes the files of a run."""

    workspace: Workspace
    profiles: Sequence[Delivery]
    run_id: str
    as_of: AsOf
    modes: Modes
    seal: Seal


def _write_channel(
    folder: Path, messages: pl.DataFrame, shape: _Shape, files: list[FileRow], unfit: list[pl.DataFrame]
) -> pl.DataFrame:
    """The rows of a channel, written to its files for each profile and mode; notes them, and what they cannot hold."""
    with guarded(folder):
        folder.mkdir()
    here = _leaving(messages, folder.name, shape.modes)
    whole = _rows(here, folder.name, shape)
    rows = _by_mode(whole, here)
    own = [profile for profile in shape.profiles if profile.channel == folder.name]
    for profile in own or [generic(folder.name)]:
        part = 0
        for mode, frame in rows.items():
            fit, rest = fitting(frame, profile)
            where = {"channel": pl.lit(folder.name), "profile": pl.lit(profile.profile)}
            unfit.append(rest.with_columns(**where).select(_NO_UNFIT.columns))
            for piece in _parts(fit, profile, is_needed=here.is_empty() and mode == MODES[0]):
                part += 1
                files.append(_file(folder, renamed(piece, profile), profile, mode, part, shape))
    synced(folder)
    return whole


def _leaving(messages: pl.DataFrame, channel: str, modes: Modes) -> pl.DataFrame:
    """The messages of a channel that nothing withholds, with their mode; manual where none is said."""
    said = [(offer, treatment, mode) for (offer, treatment), mode in modes.items()]
    known = pl.DataFrame(said, schema=dict.fromkeys(("offer_id", "treatment_id", "mode"), pl.String), orient="row")
    here = messages.filter((pl.col("channel") == channel) & pl.col("check_id").is_null())
    joined = here.join(known, on=["offer_id", "treatment_id"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("mode").fill_null("manual"))


def _rows(here: pl.DataFrame, channel: str, shape: _Shape) -> pl.DataFrame:
    workspace = shape.workspace
    return shaped(here, channel, sender=workspace.sender, country=workspace.country, as_of=shape.as_of)


def _by_mode(whole: pl.DataFrame, here: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of each mode, shaped all together: a customer's ranks go on from one mode's files to another's."""
    found = here["mode"].unique().to_list()
    if len(found) < 2:  # noqa: PLR2004 - where all are released one way, no row need be looked for
        return {mode: whole if mode in found else whole.clear() for mode in MODES}
    known = whole.join(here.select("message_id", "mode"), on="message_id", how="left", maintain_order="left")
    return {mode: known.filter(pl.col("mode") == mode).drop("mode") for mode in MODES}


def _parts(frame: pl.DataFrame, profile: Delivery, *, is_needed: bool) -> Iterator[pl.DataFrame]:
    """The rows of each file; one without rows where the channel has none at all, so that whoever waits sees that."""
    size = profile.max_rows or max(frame.height, 1)
    yield from (frame.slice(start, size) for start in range(0, frame.height, size))
    if is_needed:
        yield frame


def _file(folder: Path, frame: pl.DataFrame, profile: Delivery, mode: str, part: int, shape: _Shape) -> FileRow:
    name = file_name(profile, run_id=shape.run_id, part=part, as_of=shape.as_of.day)
    sealed: list[Encrypted] = []

    def fill(sink: Sink) -> None:
        if profile.encrypt is None:
            for piece in pieces(frame, profile):
                sink.write(piece)
        else:
            to = profile.encrypt.recipients
            sealed.append(Encrypted("age", to, shape.seal.write(sink, pieces(frame, profile), to=to)))

    made = filled(folder / name, fill)
    return FileRow(
        name=f"{folder.name}/{name}",
        channel=profile.channel,
        profile=profile.profile,
        release=mode,
        sha256=made.sha256,
        bytes=made.bytes,
        rows=frame.height,
        columns=tuple((column, str(dtype)) for column, dtype in frame.schema.items()),
        format=profile.format,
        encoding="utf-8"
        if profile.format == "jsonl"
        else "binary"
        if profile.format == "parquet"
        else profile.encoding,
        encrypted=sealed[0] if sealed else None,
    )


def _made_visible(aside: Path, folder: Path, manifest: bytes, *, is_draft: bool) -> bool:
    """Give the set its name, unless the very same one has it already; whether it is new."""
    if folder.exists():
        if _is_same(folder, manifest):
            emptied(aside).rmdir()
            return False
        if not is_draft:
            emptied(aside).rmdir()
            hint = "Move that folder away if it was tampered with; other inputs make another run id."
            raise WriteError("another set of files has this name already", where=str(folder), hint=hint)
        emptied(folder).rmdir()
    moved(aside, folder)
    return True


def _is_same(folder: Path, manifest: bytes) -> bool:
    """Whether a set has this manifest and every byte that it promises."""
    path = folder / MANIFEST
    if not path.is_file() or contents(path.read_bytes()) != contents(manifest):
        return False
    said, files = read(folder)
    promised = [(row.name, row.sha256) for row in files] + [(one["name"], one["sha256"]) for one in samples_of(said)]
    return all((folder / name).is_file() and digest(folder / name).sha256 == sha256 for name, sha256 in promised)
