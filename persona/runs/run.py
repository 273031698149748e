"""The whole night: load, decide, write down whom to contact, compose, check, publish, hand over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import polars as pl

from persona.channels import Handed, Published, deliver
from persona.channels.publish import MODES
from persona.decisions import memberships, new_arms, new_layers
from persona.errors import ComplianceError, PolicyError, WriteError
from persona.offers.history import LIVE
from persona.runs.comparing import against_last_night
from persona.runs.fairness import unfair
from persona.runs.guarding import guarded, stop
from persona.runs.holds import held
from persona.runs.lines import recipe_of
from persona.runs.load import LoadSummary
from persona.runs.night import newest_delivery, opened
from persona.runs.nightly import STEPS, profile_of
from persona.runs.notes import noted_since
from persona.runs.plan import BEFORE, Night, Progress, done, planned_night
from persona.runs.recall import Recall, recalled_now
from persona.runs.releasing import Waiting, carried_out, is_released, waiting
from persona.runs.rendering import Rendered, approved, published, rendered
from persona.runs.seeding import seeded, seeds_handed, seeds_of
from persona.runs.sent import remembered
from persona.runs.summary import manifest_facts, models_of, summary_of
from persona.runs.workspace import this_moment
from persona.store import RunRow

__all__ = ["Delivered", "Outcome", "delivered", "handed_over", "run"]


@dataclass(frozen=True)
class Outcome:
    """What came of a night."""

    run_id: str
    as_of: str
    is_dry: bool
    was_finished: bool
    """Whether the night had come to its end before: nothing was written twice."""
    loaded: LoadSummary | None
    summary: Mapping[str, Any]
    folder: Path | None
    """The published set; None of a dry run."""
    handed: tuple[Handed, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of handing a run over."""

    run_id: str
    handed: tuple[Handed, ...]
    recall: Recall
    """What was recalled before the files left."""
    waiting: Waiting | None
    """What waits for people; None where nothing does."""


def run(
    root: Path,
    *,
    as_of: str | None,
    progress: Progress,
    is_dry: bool = False,
    is_replacing: bool = False,
    is_loading: bool = True,
    is_delivering: bool = True,
    is_draft: bool = False,
    known_at: str | None = None,
) -> Outcome:
    """The night of the workspace at ``root``; taken up where a kill left it, and done once however often it is run.

    With ``known_at`` a past night is replayed with what was known then: its files appear under
    ``out/<run_id>-replay``, nothing is handed over, and no ledger but its own copy is written to.
    Raises: any error of ``persona.errors``; what was committed before it stays.
    """
    with opened(root, as_of=as_of, progress=progress, is_loading=is_loading, known_at=known_at, is_dry=is_dry) as here:
        night = here.night
        there = night.store.run(night.run_id)
        was_finished = there is not None and there.status == "finished" and not is_draft
        if is_draft:
            summary = _draft(night)
        elif there is not None and was_finished:
            summary = there.summary
        else:
            summary = _night(night, is_dry=is_dry, is_replacing=is_replacing)
        is_leaving = is_delivering and not is_dry and known_at is None
        folder = f"{night.run_id}-draft" if is_draft else night.run_id
        if known_at is not None and not is_dry:
            folder = _kept(night, root, folder)
        return Outcome(
            run_id=night.run_id,
            as_of=str(night.as_of),
            is_dry=is_dry,
            was_finished=was_finished,
            loaded=here.loaded,
            summary=summary,
            folder=None if is_dry else root.resolve() / "out" / folder,
            handed=handed_over(night) if is_leaving else (),
        )


def _kept(night: Night, root: Path, name: str) -> str:
    """The folder under ``out/`` in which what a replay published is kept, in the place of an earlier replay of it."""
    folder = f"{name}-replay"
    try:
        rmtree(root.resolve() / "out" / folder, ignore_errors=True)
        (root.resolve() / "out").mkdir(exist_ok=True)
        (night.policy.root / "out" / name).rename(root.resolve() / "out" / folder)
    except OSError as error:
        raise WriteError(error.strerror or "could not be written", where=f"out/{folder}") from error
    return folder


def _night(night: Night, *, is_dry: bool, is_replacing: bool) -> Mapping[str, Any]:
    approved(night)
    seeds_of(night.policy)
    _ = night.store.vault  # a wrong key is told before the work, not when messages are written
    replaced = _rivals(night, is_replacing=is_replacing)
    if not is_dry:
        _refuse_late(night)
    done(STEPS, night, until="fairness")
    guardrails = _gated(night)
    if is_dry:
        night.progress("messages", 0, 1)
        decisions = night.table("decisions")
        return summary_of(night, decisions, rendered(night, decisions), None) | {"guardrails": guardrails}
    _begin(night, replaced)
    night.progress("ledger", 0, 1)
    decisions = _committed(night)
    night.progress("messages", 0, 1)
    made = rendered(night, decisions)
    remembered(night, made)
    night.progress("publish", 0, 1)
    seeded(night, made)  # before the night's own files, which are the latest then
    files = published(night, made, {**manifest_facts(night, decisions, made), "guardrails": guardrails})
    _written_down(night, made, files)
    summary = summary_of(night, decisions, made, files) | {"guardrails": guardrails}
    night.store.finish_run(night.run_id, summary)
    _tidied(night)
    return summary


def _gated(night: Night) -> list[dict[str, Any]]:
    """The night's guardrails, where these and fairness let it leave.

    Raises: ComplianceError, whose notes say what a finished night would have said of its data and its models.
    """
    try:
        unfair(night)
        guardrails = guarded(night, against_last_night(night)) if night.policy.constraints.guardrails else []
        stop(night, guardrails)
    except ComplianceError as gate:
        for note in (*(f"! {warning}" for warning in noted_since(night)), *models_of(night)):
            gate.add_note(note)
        raise
    return guardrails


def _draft(night: Night) -> Mapping[str, Any]:
    """The messages as they would be, with what is not approved yet among them; nothing of it stands in a ledger."""
    bold = planned_night(STEPS, replace(night, is_draft=True))
    done(STEPS, bold, until="fairness")
    decisions = bold.table("decisions")
    made = rendered(bold, decisions)
    files = published(bold, made, manifest_facts(bold, decisions, made), is_draft=True)
    return summary_of(bold, decisions, made, files)


def delivered(root: Path, run_id: str | None, *, progress: Progress, as_of: str | None = None) -> Delivered:
    """What came of handing a run over.

    It is the one that is named, else the newest finished one, of the instant ``as_of`` where that is given.
    Raises: PolicyError where there is no such finished run.
    """
    with opened(root, as_of=as_of, progress=progress, is_loading=False) as here:
        is_asked = pl.lit(value=True) if as_of is None else pl.col("as_of") == here.night.as_of.naive_utc
        runs = here.night.store.runs().filter(is_asked, pl.col("status") == "finished")
        finished = runs["run_id"].to_list()
        if not finished:
            hint = "Run `persona render` or `persona run` first; `persona status` lists the nights."
            which = "no night" if as_of is None else f"no night as of {here.night.as_of}"
            raise PolicyError(f"{which} is finished", where="persona deliver", hint=hint)
        if run_id is not None and run_id not in finished:
            raise PolicyError.unknown("run", run_id, finished, where="persona deliver")
        name = run_id or finished[-1]
        night = replace(here.night, run_id=name)
        now = this_moment(night.policy, None, newest_delivery=newest_delivery(night.store))
        again = recalled_now(night.policy, night.store, now, progress)
        handed = handed_over(night)
        row = night.store.run(name)
        is_waiting = row is not None and any(one.status == "waits for release" for one in handed)
        return Delivered(name, handed, again, waiting(night.policy, night.store, row) if row and is_waiting else None)


def _rivals(night: Night, *, is_replacing: bool) -> list[str]:
    """Finished runs of the same instant that were made from something else."""
    runs = night.store.runs()
    same = runs.filter((pl.col("as_of") == night.as_of.naive_utc) & (pl.col("status") == "finished"))
    rivals = same.filter(pl.col("run_id") != night.run_id)["run_id"].to_list()
    if rivals and not is_replacing:
        raise PolicyError(
            f"run {rivals[-1]} of the same instant is finished and was made from other rules or extracts",
            where=f"as of {night.as_of}",
            hint="Run with --replace to take its place: what was handed off stays, all else of it expires.",
        )
    return rivals


def _refuse_late(night: Night) -> None:
    """Refuse a night before one whose contacts are on their way: they would not be counted by its limits.

    Raises: PolicyError.
    """
    live = night.store.contacts().filter(pl.col("status").is_in(LIVE) & (pl.col("run_id") != night.run_id))
    later = live.filter(pl.col("at") > night.as_of.naive_utc)
    if later.height:
        raise PolicyError(
            f"{later.height:,} contacts of later nights are on their way, which its limits would not count",
            where=f"as of {night.as_of}",
            hint="Look at it with --dry-run, or replay it with --known-at.",
        )


def _begin(night: Night, replaced: list[str]) -> RunRow:
    for rival in replaced:
        night.store.replace_run(rival, night.run_id)
    made_from = {
        "policy": night.policy.hash,
        "facts": night.generation["facts"],
        "before": night.before.run_id if night.before else None,
    }
    return night.store.begin_run(night.run_id, night.as_of.instant, made_from)


def _committed(night: Night) -> pl.DataFrame:
    """The decisions, whose contacts stand in the ledger now; those that another run handed off are taken out."""
    decisions = night.table("decisions")
    evidence = {name: night.table(name) for name in ("candidates", "verdicts", "night_actions", "night_rules")}
    refused = night.store.plan(
        night.run_id,
        night.table("planned_contacts"),
        frames={"decisions": decisions, "profile": profile_of(night), **evidence},
    )
    said, arms = night.policy.experiments, night.store.arms()
    members = memberships(night.table("units"), said.holdouts, arms)
    night.store.enrol(new_arms(members, said.holdouts, arms, day=night.as_of.day))
    night.store.enrol(new_layers(members, said.layers, arms, day=night.as_of.day))
    is_told = pl.col("message_id").is_in(refused["message_id"].implode())
    return decisions.with_columns(message_id=pl.when(~is_told).then("message_id"))


def _written_down(night: Night, made: Rendered, files: Published) -> None:
    """Say in the ledger which contacts are in files, and which were withheld."""
    unfit = files.unfit["message_id"]
    withheld = made.messages.filter(pl.col("check_id").is_not_null())["message_id"]
    written = made.messages.filter(pl.col("check_id").is_null() & ~pl.col("message_id").is_in(unfit.implode()))
    night.store.set_status(night.run_id, "written", message_ids=written["message_id"])
    gone = pl.concat([unfit, withheld]).unique().sort()
    if len(gone):
        night.store.set_status(night.run_id, "expired", message_ids=gone)


def _tidied(night: Night) -> None:
    """Drop the tables of nights that nothing refers to any more."""
    kept = set(night.generation.values())
    if night.before is not None:
        kept |= set(night.before.generations.values())
    for run_id in night.store.runs().filter(pl.col("status") == "finished")["run_id"].tail(_nights(night)):
        row = night.store.run(run_id)
        kept |= {row.generations[name] for name in BEFORE if name in row.generations} if row else set()
    night.store.drop_generations(kept)
    night.store.drop_recipes(but=recipe_of(night))
    with suppress(PolicyError):  # a list of legal holds that cannot be read: nothing goes until it can
        night.store.drop_evidence(held=held(night.policy, night.store, day=night.as_of.day).numbers)


def _nights(night: Night) -> int:
    return night.policy.workspace.retention.evidence_nights


def handed_over(night: Night) -> tuple[Handed, ...]:
    """The files of a published night, handed to their drop folders where their release allows it; each only once.

    Files that people have to release leave once they did, without the messages that they rejected.
    """
    store, name = night.store, night.run_id
    night.progress("hand over", 0, 1)
    row = store.run(name)
    released = MODES if is_released(night.policy, store, name) else MODES[:1]
    if row is not None and len(released) > 1:
        carried_out(night.policy, store, row)
    before = store.saved("handed", name) or {}
    already = {str(sha256) for sha256 in before.values()}
    handed = deliver(
        night.policy.root / "out" / name,
        root=night.policy.root,
        profiles=night.policy.delivery,
        released=released,
        already=already,
    )
    left = {one.file.name: one.file.sha256 for one in handed if one.status != "waits for release"}
    if left != before:
        store.save("handed", name, left)
    _moved_on(night, released)
    return (*handed, *seeds_handed(night))


def _moved_on(night: Night, released: Sequence[str]) -> None:
    """Say in the ledger which contacts have left: those of treatments that are released."""
    store = night.store
    row = store.run(night.run_id)
    releases: Any = row.summary.get("releases", []) if row else []
    named = [(one["offer_id"], one["treatment_id"]) for one in releases if one["mode"] in released]
    free = pl.DataFrame(named, schema=_TREATMENT, orient="row")
    told = store.evidence(night.run_id, "decisions").select("message_id", "offer_id", "treatment_id").collect()
    leaving = told.join(free, on=list(_TREATMENT), how="semi")["message_id"].drop_nulls()
    contacts = store.contacts().filter((pl.col("run_id") == night.run_id) & (pl.col("status") == "written"))
    gone = contacts.filter(pl.col("message_id").is_in(leaving.implode()))["message_id"]
    if len(gone):
        store.set_status(night.run_id, "handed_off", message_ids=gone)


_TREATMENT = dict.fromkeys(("offer_id", "treatment_id"), pl.String)
