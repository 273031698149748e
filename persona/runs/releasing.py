"""Release by people: what reviewers said of a night's sample, held against the sample, signed, and carried out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import Field, ValidationError

from persona.channels import Marks, withdrawn
from persona.channels.manifest import read
from persona.checks.sampling import STRATUM, Stratum, Verdict, verdict
from persona.errors import ComplianceError, PolicyError, WriteError
from persona.messages.approvals import Content
from persona.messages.quorum import Lack, fault_of, standing
from persona.policy.approvers import RiskClass, is_same
from persona.policy.content import Approval
from persona.policy.model import Strict
from persona.policy.policy import Policy
from persona.runs.approving import Approving, approval_of
from persona.runs.rendering import sealing
from persona.runs.sampling import Sample, finished_run, hash_of, in_files, kept_sample, strata_of
from persona.runs.workspace import loaded_policy
from persona.store import RunRow, Store
from persona.store.durable import write_file

__all__ = ["Decision", "Released", "Review", "Waiting", "carried_out", "is_released", "release", "waiting"]

KEPT = "release"
"""The kind of document that a release is kept as."""
WITHDRAWN = "review"
"""What the manifest counts messages under that reviewers rejected: reason Q(review)."""
_RISKS: tuple[RiskClass, ...] = ("low", "medium", "high")
_OWNERS_ONLY = 0o600


class Decision(Strict):
    """What a reviewer said of one message."""

    message_id: str
    hash: str = Field(pattern=r"^[0-9a-f]{32}$", description="Of what the message says, as it was shown.")
    verdict: Literal["approve", "reject"]
    comment: str = Field(default="", max_length=2_000)


class Review(Strict):
    """The file that the review page saves: what was said of the sample of one run, and who signed it."""

    persona_review: Literal[1]
    run_id: str
    sample: str = Field(pattern=r"^[0-9a-f]{64}$")
    decisions: tuple[Decision, ...]
    signatures: tuple[Approval, ...] = ()

    @cached_property
    def hash(self) -> str:
        """What is signed: the run, its sample, and each message with its hash and verdict; 32 hex digits."""
        told = sorted((one.message_id, one.hash, one.verdict) for one in self.decisions)
        said = json.dumps([self.run_id, self.sample, told], separators=(",", ":"))
        return blake2b(said.encode(), digest_size=16).hexdigest()

    @property
    def verdicts(self) -> dict[str, bool]:
        """Whether each message is good, by its id."""
        return {one.message_id: one.verdict == "approve" for one in self.decisions}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages of a night that may not leave before people released them, and who must act."""

    run_id: str
    messages: int
    strata: int
    risk_class: RiskClass
    is_drawn: bool
    """Whether their sample was drawn."""
    lacks: tuple[Lack, ...]

    @property
    def needed(self) -> str:
        """Who must act."""
        return "; ".join(map(str, self.lacks))


@dataclass(frozen=True, slots=True)
class Released:
    """What came of a review."""

    run_id: str
    strata: tuple[tuple[str, int, int, int, int, Verdict], ...]
    """Name, lot, sample, messages rejected, acceptance number, verdict."""
    signed_by: tuple[str, ...]
    lacks: tuple[Lack, ...]
    """Whose signatures are missing: empty, it is released."""
    withheld: int
    """Messages that are taken out of the files."""
    is_new: bool


def release(root: Path, path: Path, asked: Approving) -> Released:
    """What came of a review: signed where a person is named, and carried out once all have signed who must.

    Raises: PolicyError for a file that is no review, or of another run; ComplianceError where it does not fit the
    sample, is not complete, is signed by an author, or a signature does not verify; WriteError.
    """
    policy = loaded_policy(root)
    review = _read(path)
    with Store.open(policy.root, policy.workspace) as store:
        row = finished_run(store, review.run_id, where=str(path))
        sample = _sample(store, row, path)
        _refuse_unfit(review, sample, path)
        _refuse_altered(store, review, path)
        content = _content(review.run_id, review.hash, sample, where=str(path))
        _refuse_authors(policy, [*(one.who for one in review.signatures), *filter(None, [asked.who])], sample, path)
        if asked.who:
            review = _signed(policy, review, content, asked, path)
        _refuse_void(policy, review, content, path)
        lacks = _lacks(policy, content, review.signatures)
        said = _strata(sample, review.verdicts)
        who = tuple(sorted(one.who for one in review.signatures))
        if lacks:
            return Released(row.run_id, said, who, lacks, 0, is_new=False)
        is_new = _kept(store, review, said)
        carried_out(policy, store, row)
        gone = _rejected(store, row, sample, review.verdicts)
        return Released(row.run_id, said, who, (), len(gone), is_new)


def _read(path: Path) -> Review:
    hint = "Give the file that the page of `persona review` has saved."
    try:
        return Review.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PolicyError(error.strerror or "cannot be read", where=str(path), hint=hint) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PolicyError(f"is no review: {place or 'the whole'}: {first['msg']}", where=str(path), hint=hint) from None


def _sample(store: Store, row: RunRow, path: Path) -> Sample:
    sample = kept_sample(store, row.run_id)
    if sample is None:
        hint = "Draw it with `persona review`; a night that leaves by itself needs no release."
        raise ComplianceError(f"no sample of run {row.run_id} waits for people", where=str(path), hint=hint)
    return sample


def _refuse_unfit(review: Review, sample: Sample, path: Path) -> None:
    """Refuse a review that is of another sample, says something twice, of strangers, or not of all."""
    again = "Make the page again with `persona review`, and review that."
    if review.sample != sample.sha:
        raise ComplianceError(f"is of another sample than run {sample.run_id} has", where=str(path), hint=again)
    counts = Counter(one.message_id for one in review.decisions)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        what = f"{len(repeated):,} messages have more than one verdict, such as {min(repeated)}"
        raise ComplianceError(what, where=str(path), hint="One verdict a message: save the file again from the page.")
    strangers = [name for name in counts if name not in sample.hashes]
    if strangers:
        raise ComplianceError(f"{len(strangers):,} messages are not of the sample", where=str(path), hint=again)
    altered = sum(one.hash != sample.hashes[one.message_id] for one in review.decisions)
    if altered:
        what = f"{altered:,} messages were shown with another text than was drawn"
        raise ComplianceError(what, where=str(path), hint=again)
    open_ = [(one.stratum.name, _unseen(one.message_ids, review)) for one in sample.lots]
    left = [
        (name, count)
        for (name, count), lot in zip(open_, sample.lots, strict=True)
        if verdict(lot.stratum.plan, lot.message_ids, review.verdicts) == "open"
    ]
    if left:
        told = ", ".join(f"{name} {count:,}" for name, count in left)
        what = f"{sum(count for _, count in left):,} of {len(sample.hashes):,} messages have no verdict: {told}"
        raise ComplianceError(what, where=str(path), hint="Look at them on the page, and save the file again.")


def _unseen(message_ids: Sequence[str], review: Review) -> int:
    return len(set(message_ids) - set(review.verdicts))


def _refuse_altered(store: Store, review: Review, path: Path) -> None:
    """Refuse a review of messages that say something else in the ledger now; of who was erased nothing is left."""
    shown = {one.message_id: one.hash for one in review.decisions}
    rows = store.messages(review.run_id, message_ids=list(shown)).select("message_id", "personal")
    altered = sum(text is not None and hash_of(text) != shown[name] for name, text in rows.iter_rows())
    if altered:
        what = f"{altered:,} messages say something else now than what was reviewed"
        raise ComplianceError(what, where=str(path), hint="The ledger of messages was changed: ask who did it.")


def _content(run_id: str, digest: str, sample: Sample, *, where: str) -> Content:
    risk = max((_risk(one.stratum) for one in sample.lots), key=_RISKS.index, default=_RISKS[-1])
    return Content("release", run_id, digest, "", where, risk)


def _risk(stratum: Stratum) -> RiskClass:
    return next((one for one in _RISKS if one == stratum.risk_class), "high")


def _signed(policy: Policy, review: Review, content: Content, asked: Approving, path: Path) -> Review:
    """The review with one more signature, in its file too; of who has signed it before it stays as it is."""
    if any(is_same(one.who, asked.who) for one in review.signatures):
        return review
    review = review.model_copy(update={"signatures": (*review.signatures, approval_of(policy, content, asked))})
    text = json.dumps(review.model_dump(mode="json", exclude_defaults=True), indent=1, ensure_ascii=False)
    try:
        write_file(path, f"{text}\n".encode(), mode=_OWNERS_ONLY)
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(path)) from error
    return review


def _refuse_void(policy: Policy, review: Review, content: Content, path: Path) -> None:
    for one in review.signatures:
        why = fault_of(content, one, policy.approvers)
        if why is not None:
            meant = {"edited": "for other verdicts", "false signature": "with a signature that does not verify"}
            what = f"it is signed by {one.who} {meant.get(why, f'({why})')}"
            hint = "Save the file again from the page, and let each reviewer sign that."
            raise ComplianceError(what, where=str(path), hint=hint)


def _refuse_authors(policy: Policy, who: Sequence[str], sample: Sample, path: Path) -> None:
    """Refuse reviewers, signed already or about to sign, who wrote an offer or a template that the sample shows."""
    offers = {offer.offer: offer for offer in policy.offers}
    written: dict[str, set[str]] = {}
    for lot in sample.lots:
        offer = offers.get(lot.stratum.offer_id)
        if offer is None:
            continue
        written.setdefault(offer.author, set()).add(f"offer:{offer.offer}")
        names = [one.template for one in offer.treatments if one.id == lot.stratum.treatment_id]
        for template in filter(None, (policy.templates.get((lot.stratum.channel, name)) for name in names)):
            written.setdefault(template.author, set()).add(f"template:{template.channel}/{template.template}")
    for one in who:
        own = sorted(name for author, names in written.items() if is_same(author, one) for name in names)
        if own:
            hint = "Somebody else must review and sign it."
            raise ComplianceError(f"{one} is the author of {', '.join(own)}", where=str(path), hint=hint)


def _lacks(policy: Policy, content: Content, given: Sequence[Approval]) -> tuple[Lack, ...]:
    """Whose signatures are still missing: a signature holds from the day on which it was given."""
    day = max((one.given_on for one in given), default=date.min)
    return standing(content, given, policy.approvers, day=day).lacks


def _strata(sample: Sample, said: Mapping[str, bool]) -> tuple[tuple[str, int, int, int, int, Verdict], ...]:
    return tuple(
        (
            lot.stratum.name,
            lot.stratum.plan.lot,
            len(lot.message_ids),
            [said.get(name) for name in lot.message_ids].count(False),
            lot.stratum.plan.accept,
            verdict(lot.stratum.plan, lot.message_ids, said),
        )
        for lot in sample.lots
    )


def _kept(store: Store, review: Review, strata: Sequence[tuple[str, int, int, int, int, Verdict]]) -> bool:
    """Write the release down, without what was commented; whether it is new.

    Raises: ComplianceError where the run was released by another review.
    """
    there: Any = store.saved(KEPT, review.run_id)
    if there is not None and there["hash"] != review.hash:
        hint = "What is released is not taken back: `persona recall` stops messages that are on their way."
        raise ComplianceError("was decided by another review", where=f"run {review.run_id}", hint=hint)
    if there is not None:
        return False
    signatures = [one.model_dump(mode="json") for one in review.signatures]
    store.save(KEPT, review.run_id, {"hash": review.hash, "verdicts": review.verdicts, "signatures": signatures})
    stopped = [name for name, *_, said in strata if said == "stopped"]
    rejected = sum(count for _, _, _, count, _, _ in strata)
    store.noted("release", {"run_id": review.run_id, "review": review.hash, "rejected": rejected, "stopped": stopped})
    return True


def is_released(policy: Policy, store: Store, run_id: str) -> bool:
    """Whether people released a run, by signatures that hold under today's list of approvers."""
    said: Any = store.saved(KEPT, run_id)
    sample = kept_sample(store, run_id)
    if said is None or sample is None:
        return False
    given = [Approval.model_validate(one) for one in said["signatures"]]
    return not _lacks(policy, _content(run_id, said["hash"], sample, where=f"run {run_id}"), given)


def carried_out(policy: Policy, store: Store, row: RunRow) -> int:
    """How many rows were taken out of files because reviewers rejected them; done again, nothing.

    Raises: WriteError.
    """
    said: Any = store.saved(KEPT, row.run_id)
    sample = kept_sample(store, row.run_id)
    if said is None or sample is None:
        return 0
    gone = _rejected(store, row, sample, said["verdicts"])
    if not gone:
        return 0
    written = store.contacts().filter((pl.col("run_id") == row.run_id) & (pl.col("status") == "written"))
    left = written.filter(pl.col("message_id").is_in(sorted(gone)))["message_id"]
    folder = policy.root / "out" / row.run_id
    names = [one.name for one in read(folder)[1] if one.release != "automatic"]
    day = max(date.fromisoformat(one["given_on"]) for one in said["signatures"])
    files = withdrawn(
        folder, Marks(frozenset(), frozenset(gone)), on=day, seal=sealing(store), why=WITHDRAWN, names=names
    )
    if len(left):
        store.set_status(row.run_id, "expired", message_ids=left)
    return sum(one.rows for one in files)


def _rejected(store: Store, row: RunRow, sample: Sample, said: Mapping[str, bool]) -> set[str]:
    """The messages that may not leave: each that was rejected, and all of a stratum that is stopped."""
    gone = {name for name, is_good in said.items() if not is_good}
    stopped = [lot for lot in sample.lots if verdict(lot.stratum.plan, lot.message_ids, said) == "stopped"]
    if stopped:
        rows = store.evidence(row.run_id, "messages").select("message_id", *STRATUM).collect()
        for lot in stopped:
            same = [pl.col(name).eq_missing(pl.lit(getattr(lot.stratum, name), pl.String)) for name in STRATUM]
            gone |= set(rows.filter(*same)["message_id"])
    return gone


def waiting(policy: Policy, store: Store, row: RunRow) -> Waiting | None:
    """What of a run waits for people; None where nothing does.

    Raises: PolicyError where its messages are kept no longer.
    """
    said: Any = row.summary.get("releases", [])
    if all(one["mode"] == "automatic" for one in said) or is_released(policy, store, row.run_id):
        return None
    strata = [one for one in strata_of(row, in_files(store, row.run_id)) if one.waits]
    if not strata:
        return None
    risk = max((_risk(one) for one in strata), key=_RISKS.index)
    content = Content("release", row.run_id, "0" * 32, "", f"run {row.run_id}", risk)
    many = sum(one.plan.lot for one in strata)
    is_drawn = kept_sample(store, row.run_id) is not None
    return Waiting(row.run_id, many, len(strata), risk, is_drawn, _lacks(policy, content, ()))
