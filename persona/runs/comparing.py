"""What would change: tonight against last night, or tonight under other rules, with the nightly steps themselves.

Other rules are decided on in the night's own tables: steps that read nothing of what was changed are not done again.
What is made for them is gone at the end, and no ledger is written to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from persona.decisions.compared import Comparison, Side, compared
from persona.errors import ContractError
from persona.messages.approvals import contents
from persona.messages.missing import missing
from persona.offers.bits import Bits
from persona.offers.standing import standing
from persona.policy.policy import Policy
from persona.runs.night import opened
from persona.runs.nightly import STEPS
from persona.runs.plan import Night, Progress, done, planned_night
from persona.runs.workspace import other_policy, policy_with
from persona.store import trying
from persona.tables.decisions import CONSTRAINTS

__all__ = ["Foresight", "against_last_night", "bits_of", "last_night", "tonight", "tried", "tried_folder"]

NO_NIGHT = "no night before"
_READ_AS_LOADED = ("source", "categories", "identity")
"""Kinds of rule files by which extracts were read when they came."""


@dataclass(frozen=True)
class Foresight:
    """What would change, and what is to be known of it."""

    comparison: Comparison
    run_id: str
    as_of: str
    currency: str
    plans: Sequence[dict[str, Any]]
    """``tables.decisions.PLANS`` of what it would come to."""
    notes: tuple[str, ...] = ()
    guardrails: Sequence[dict[str, Any]] = ()
    """Of a night that could be run, as ``runs.guarding`` tells them."""
    stops: tuple[str, ...] = ()
    """Why the night would be stopped before anything leaves."""

    @classmethod
    def of(cls, night: Night, comparison: Comparison, **told: Any) -> Foresight:  # noqa: ANN401 - its other fields
        """What is foreseen of a decided night."""
        currency, plans = night.policy.workspace.currency, night.table("plans").to_dicts()
        return cls(comparison, night.run_id, str(night.as_of), currency, plans, **told)


def tried(root: Path, settings: Sequence[str], *, as_of: str | None, progress: Progress) -> Foresight:
    """What tonight would do with some values of the rules set otherwise, each as ``PATH=VALUE``.

    Raises: PolicyErrors where they do not fit; what the nightly steps raise.
    """
    return _tried(root, lambda own: policy_with(own, settings), ", ".join(settings), as_of=as_of, progress=progress)


def tried_folder(root: Path, rules: Path, *, as_of: str | None, progress: Progress) -> Foresight:
    """What tonight would do with the rules of another folder.

    Raises: PolicyErrors with all that is wrong with them; what the nightly steps raise.
    """
    other = other_policy(root, rules)
    return _tried(root, lambda own: replace(other, root=own.root), str(rules), as_of=as_of, progress=progress)


def _tried(
    root: Path, changed: Callable[[Policy], Policy], name: str, *, as_of: str | None, progress: Progress
) -> Foresight:
    with opened(root, as_of=as_of, progress=progress, is_loading=False) as here:
        night = here.night
        # A slip in the other rules is told before anything is worked.
        other = planned_night(STEPS, replace(night, policy=changed(night.policy), approved_as=night.policy))
        done(STEPS, night, until="decisions")
        before = tonight(night, "the rules as they are")
        with trying(night.store.catalog):
            done(STEPS, other, until="decisions")
            comparison = compared(before, tonight(other, name))
            return Foresight.of(other, comparison, notes=tuple(_notes(night, other)))


def _notes(night: Night, other: Night) -> list[str]:
    """What a comparison of rules leaves out."""
    notes = []
    kinds = [kind for kind in _READ_AS_LOADED if night.policy.hash_of([kind]) != other.policy.hash_of([kind])]
    if kinds:
        notes.append(f"Extracts were not read again: {', '.join(kinds)} differ, and count from the next load on.")
    void = sorted(_lacking(other) - _lacking(night))
    if void:
        notes.append(f"Taken as approved, and needs approval before it leaves: {', '.join(void)}.")
    return notes


def _lacking(night: Night) -> set[str]:
    """What has no approval that holds."""
    policy = night.policy
    found = missing(contents(policy), policy.approvals.approvals, policy.approvers, day=night.as_of.day)
    return {f"{one.content.kind} {one.content.id}" for one in found}


def against_last_night(night: Night) -> Comparison:
    """What a decided night does, against the last night that came to its end."""
    return compared(last_night(night), tonight(night, night.run_id))


def tonight(night: Night, name: str) -> Side:
    """A decided night as one side of a comparison."""
    segments = night.table("segments").select("customer_no", "segment")
    people = night.table("units").select("customer_no").join(segments, on="customer_no", how="left")
    bits = Bits(night.table("verdicts"), night.table("night_actions"), night.table("night_rules"))
    return Side(name, _told(night.table("decisions")), people, standing(bits), night.table("constraints"))


def last_night(night: Night) -> Side:
    """The last night that came to its end, as one side of a comparison; an empty one where there is none."""
    nobody = pl.DataFrame(schema={"customer_no": pl.Int64, "segment": pl.String})
    if night.before is None:
        told = _told(night.table("decisions").clear())
        return Side(NO_NIGHT, told, nobody, None, pl.DataFrame(schema=CONSTRAINTS.schema))
    run_id = night.before.run_id
    decisions = night.store.evidence(run_id, "decisions").collect()
    segments = night.table_before("segments")
    words = nobody if segments is None else segments.select("customer_no", "segment")
    people = decisions.select("customer_no").unique().join(words, on="customer_no", how="left")
    rows: Any = night.before.summary.get("constraints") or []
    bits = bits_of(night, run_id)
    constraints = pl.DataFrame(rows, schema=CONSTRAINTS.schema, orient="row")
    return Side(run_id, _told(decisions), people, standing(bits) if bits else None, constraints)


def bits_of(night: Night, run_id: str) -> Bits | None:
    """The verdicts of a run that came to its end; None where they are kept no longer."""
    names = ("verdicts", "night_actions", "night_rules")
    try:
        return Bits(*(night.store.evidence(run_id, name).collect() for name in names))
    except ContractError:
        return None


def _told(decisions: pl.DataFrame) -> pl.DataFrame:
    return decisions.filter(pl.col("reason") == "O").select(
        "customer_no", "slot", "offer_id", "channel", "value_milli", "cost_minor"
    )
