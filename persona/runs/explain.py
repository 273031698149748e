"""Why one customer gets what he gets: what is known, what was decided, and why not each other offer."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from persona import scores
from persona.clock import AsOf
from persona.decisions import Choice, choices, layered, memberships
from persona.errors import PolicyError
from persona.offers import Refusal, Refusals, refused_by
from persona.policy.actions import BEST, Action
from persona.runs.accepting import acceptances
from persona.runs.deciding import refusals_of, rolled_out, room_of, weighed_of
from persona.runs.foreseeing import is_bill
from persona.runs.laddered import Rung, ladders
from persona.runs.night import opened
from persona.runs.nightly import STEPS, profile_of
from persona.runs.plan import Night, Progress, done
from persona.runs.profiling import plain_columns, plain_facts, plain_refusals
from persona.runs.remembered import is_remembered, remembered
from persona.store import RunRow
from persona.tables.reasons import LETTERS, words

__all__ = ["APART", "Explanation", "OfferVerdict", "explained", "explanation", "night_of"]

FAR = datetime(9999, 1, 1, tzinfo=UTC)
APART = 0.05
"""How far a part may stand above the whole before it is said that two models speak."""
DRIVERS = 2
"""Reasons that are told of each affinity."""


@dataclass(frozen=True, slots=True)
class OfferVerdict:
    """An offer that was not chosen on one channel, with everything that refuses it."""

    offer_id: str
    treatment_id: str
    channel: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Explanation:
    """What the night knows of a customer, decided, and refused."""

    customer_id: str
    run_id: str
    as_of: str
    is_finished: bool
    """Whether the night came to its end; otherwise this is what it would decide."""
    rules_changed: bool
    """Whether the rules are other ones now than when the night was decided."""
    profile: Mapping[str, object]
    decisions: Sequence[Mapping[str, object]]
    choices: tuple[Choice, ...]
    affinities: Sequence[tuple[str, float, tuple[str, ...]]]
    """Category, probability to buy in 30 days, and why."""
    acceptances: Sequence[tuple[str, float, tuple[str, ...]]]
    """Offer that he may get, probability to accept it when told of it, and why."""
    refused: tuple[OfferVerdict, ...]
    contacts: Sequence[Mapping[str, object]]
    ladders: tuple[Rung, ...]
    """Each price of the offers that he may get and that have several, with its value and why it is not told."""
    scarce: Sequence[Mapping[str, object]]
    """The caps and constraints of the night that had a price: limit, use and what one more unit is worth."""


def explained(
    root: Path,
    customer_id: str,
    *,
    progress: Progress,
    run_id: str | None = None,
    offer_id: str | None = None,
    known_at: str | None = None,
    as_of: str | None = None,
) -> Explanation:
    """Everything that a night knows and decided of a customer: the newest finished one, or what it would decide now.

    With ``as_of`` it is the night of that instant.

    Raises: PolicyError for a customer, run or offer that is not there.
    """
    with night_of(root, run_id, progress, known_at, as_of) as (night, row):
        return explanation(night, row, customer_id, offer_id=offer_id)


def explanation(night: Night, row: RunRow | None, customer_id: str, *, offer_id: str | None = None) -> Explanation:
    """Everything that an opened night knows and decided of a customer; ``row`` is its row of the ledger, once finished.

    Of who objected to profiling that night, nothing is told that was reckoned of him.
    Raises: PolicyError for a customer or offer that is not there.
    """
    customer_no, bucket = _customer(night, customer_id)
    offers = {offer.offer for offer in night.policy.offers}
    if offer_id is not None and offer_id not in offers:
        raise PolicyError.unknown("offer", offer_id, offers, where="--offer")
    if row is not None and not night.generation:
        return _plain(night, _of_evidence(night, row, customer_id, customer_no, offer_id))
    profile = profile_of(night, [bucket])
    place = profile["customer_no"].to_list().index(customer_no)
    facts = profile.row(place, named=True)
    mine = pl.col("customer_no") == customer_no
    decisions = night.table("decisions").filter(mine)
    candidates = night.table("candidates").filter(mine)
    refused = _refused(night, profile, bucket, place, facts, offer_id)
    if offer_id is not None:
        told = {(one.offer_id, one.treatment_id) for one in refused} | {
            *candidates[["offer_id", "treatment_id"]].rows()
        }
        refused += tuple(_lesser(night, profile, bucket, customer_no, offer_id, told))
    made = Explanation(
        customer_id=customer_id,
        run_id=night.run_id,
        as_of=str(night.as_of),
        is_finished=row is not None,
        rules_changed=row is not None and row.fingerprint.get("policy") != night.policy.hash,
        profile=facts,
        decisions=decisions.to_dicts(),
        choices=choices(candidates, currency=night.policy.workspace.currency),
        affinities=_affinities(night, bucket, customer_no, facts),
        acceptances=acceptances(night, bucket, customer_no, facts, sorted(set(candidates["offer_id"]))),
        refused=refused,
        contacts=night.store.contacts().filter(mine).sort("at", "offer_id").to_dicts(),
        ladders=ladders(night, profile, place, candidates),
        scarce=_scarce(night),
    )
    return _plain(night, made)


def _plain(night: Night, told: Explanation) -> Explanation:
    """The same, of who objects to profiling without what was reckoned of him.

    Source: GDPR, article 21(2) and (3): what he objects to is no longer processed, and to be shown is to be processed.
    """
    if told.profile["allows_profiling"]:
        return told
    plain = plain_columns(night.policy)
    verdicts = (replace(one, refusals=plain_refusals(one.refusals, plain)) for one in told.refused)
    return replace(
        told, profile=plain_facts(told.profile, plain), refused=tuple(one for one in verdicts if one.refusals)
    )


def _of_evidence(night: Night, row: RunRow, customer_id: str, customer_no: int, offer_id: str | None) -> Explanation:
    """What is left of a night whose tables are kept no longer: its scores' reasons are gone, its verdicts are not."""
    kept, mine = remembered(night, customer_no, offer_id=offer_id), pl.col("customer_no") == customer_no
    scarce: Any = row.summary.get("constraints") or []
    return Explanation(
        customer_id=customer_id,
        run_id=night.run_id,
        as_of=str(night.as_of),
        is_finished=True,
        rules_changed=False,
        profile=kept.profile,
        decisions=night.store.evidence(night.run_id, "decisions").filter(mine).collect().to_dicts(),
        choices=choices(kept.candidates, currency=night.policy.workspace.currency),
        affinities=(),
        acceptances=(),
        refused=tuple(OfferVerdict(*one) for one in kept.refused),
        contacts=night.store.contacts().filter(mine).sort("at", "offer_id").to_dicts(),
        ladders=(),
        scarce=[line for line in scarce if line["shadow_price"]],
    )


@contextmanager
def night_of(
    root: Path, run_id: str | None, progress: Progress, known_at: str | None, as_of: str | None = None
) -> Iterator[tuple[Night, RunRow | None]]:
    """The night as it was decided, with its row of the ledger; None: not finished, decided now.

    A night whose tables are kept no longer has no generations; what it left is its evidence.
    """
    with opened(root, as_of=as_of, progress=progress, is_loading=False, known_at=known_at) as here:
        store = here.night.store
        if known_at is not None:
            done(STEPS, here.night, until="decisions")
            yield here.night, None
            return
        row = _asked(here.night, run_id, is_of_instant=as_of is not None)
        is_whole = row is not None and all(store.has(n, g) for n, g in row.generations.items() if _is_table(n))
        is_asked = row is not None and (run_id is not None or as_of is not None)
        if row is None or not (is_whole or is_asked):
            done(STEPS, here.night, until="decisions")
            yield here.night, None
            return
        if not is_whole and not is_remembered(store, row.run_id):
            hint = "Evidence is kept for retention.evidence_nights of persona.yaml."
            raise PolicyError("what it left to be explained by is kept no longer", where=f"run {row.run_id}", hint=hint)
        instant = AsOf(row.as_of.replace(tzinfo=UTC), here.night.as_of.zone)
        before, made = store.last_run(row.as_of), row.generations if is_whole else {}
        yield replace(here.night, as_of=instant, run_id=row.run_id, generation=made, before=before), row


def _asked(night: Night, run_id: str | None, *, is_of_instant: bool) -> RunRow | None:
    """The run that is named, else the finished one of the night's instant, else the newest; None: there is none."""
    there = night.store.runs()
    if is_of_instant:
        there = there.filter(pl.col("as_of") == night.as_of.naive_utc)
    if run_id is not None:
        if run_id not in there["run_id"]:
            raise PolicyError.unknown("run", run_id, there["run_id"].to_list(), where="--run")
        return night.store.run(run_id)
    if not is_of_instant:
        return night.store.last_run(FAR)
    finished = there.filter(pl.col("status") == "finished")["run_id"]
    return night.store.run(finished[-1]) if len(finished) else None


def _is_table(name: str) -> bool:
    return any(name in step.makes for step in STEPS)


def _customer(night: Night, customer_id: str) -> tuple[int, int]:
    found = night.store.crosswalk().filter(pl.col("customer_id") == customer_id)
    if found.is_empty():
        hint = "Give the bank's own customer id, as the extracts write it after their mapping."
        raise PolicyError("no such customer", where="CUSTOMER", hint=hint)
    return found["customer_no"][0], found["bucket"][0]


def _scarce(night: Night) -> list[dict[str, object]]:
    """What had a price that night; nothing of a night that an earlier version decided."""
    if "constraints" not in night.generation:
        return []
    return night.table("constraints").filter(pl.col("shadow_price") > 0).to_dicts()


def _affinities(
    night: Night, bucket: int, customer_no: int, facts: Mapping[str, object]
) -> list[tuple[str, float, tuple[str, ...]]]:
    model = scores.restored(json.loads(night.table("affinity_model").item()))
    state = scores.state_of(night.table("state", [bucket]), leaves=model.leaves)
    told = []
    for name in ("again_1", "again_2", "again_3", "discover_1", "discover_2"):
        category = facts[name]
        if isinstance(category, str):
            moved = scores.drivers(state, model, as_of=night.as_of.day, customer_no=customer_no, category=category)
            chance = float(str(facts[f"affinity_{category.replace('.', '_')}"]))
            told.append((category, chance, (*_because(moved), *_against_the_whole(night, category, chance, facts))))
    return told


def _against_the_whole(night: Night, category: str, chance: float, facts: Mapping[str, object]) -> Iterator[str]:
    """What the model of all his purchase days says, where a part looks much likelier than the whole."""
    anything = facts.get("buys_30d")
    if isinstance(anything, float) and chance > anything + APART and not is_bill(night, category):
        yield f"but going by how long he has bought nothing it is {100 * anything:.0f} % for anything but bills"


def _because(moved: Sequence[scores.Driver]) -> tuple[str, ...]:
    """The strongest reasons, what speaks for it before what speaks against it."""
    reasons = [one for one in moved if one.is_reason]
    most = sorted(reasons[:DRIVERS], key=lambda one: one.log_odds < 0)
    return tuple(one.says if one.log_odds > 0 else f"but {one.says}" for one in most)


def _refused(
    night: Night,
    profile: pl.DataFrame,
    bucket: int,
    place: int,
    facts: Mapping[str, object],
    offer_id: str | None,
) -> tuple[OfferVerdict, ...]:
    here = rolled_out(night, room_of(night))
    units = profile.select("customer_no").join(
        night.table("units", [bucket]), on="customer_no", how="left", maintain_order="left"
    )
    said, arms = night.policy.experiments, night.store.arms()
    members = layered(memberships(units, said.holdouts, arms), said.layers, arms, day=night.as_of.day)
    refusals = refusals_of(night, here, profile, members, [bucket])
    asked = [action for action in here.actions if offer_id in (None, action.offer.offer)]
    told = [_verdict(refusals, action, facts, place, night) for action in asked]
    return tuple(one for one in told if one.refusals)


def _lesser(
    night: Night, profile: pl.DataFrame, bucket: int, customer_no: int, offer_id: str, told: Collection[tuple[str, str]]
) -> Iterator[OfferVerdict]:
    """What nothing refuses and the table of candidates does not hold: a candidate of low rank, or not even that."""
    mine, language = pl.col("customer_no") == customer_no, night.policy.workspace.languages[0]
    columns = room_of(night).actions
    asked = [one for one in columns if one.offer.offer == offer_id and (offer_id, one.treatment.id) not in told]
    if not asked:
        return
    verdicts = night.table("verdicts", [bucket]).filter(mine)
    weighed = weighed_of(night, profile, [bucket])
    ranks = dict(weighed.proposals.filter(mine).sort("rank", descending=True).select("action", "rank").iter_rows())
    aside = {*weighed.beyond.filter(mine)["action"]}
    for one in asked:
        letter = LETTERS[verdicts[f"reason_{one.index}"].item()]
        if one.index in aside:
            says = f"not among the {BEST} best that he may get, which alone are weighed against one another"
        elif one.index in ranks:
            says = f"{words(letter, language)}: in value it is only number {ranks[one.index]} of what he may get"
        else:
            says = words(letter, language)
        yield OfferVerdict(offer_id, one.treatment.id, one.channel, (Refusal(letter, None, says),))


def _verdict(refusals: Refusals, action: Action, facts: Mapping[str, object], place: int, night: Night) -> OfferVerdict:
    language = night.policy.workspace.languages[0]
    found = refused_by(refusals, action, facts, place=place, language=language)
    return OfferVerdict(action.offer.offer, action.treatment.id, action.channel, found)
