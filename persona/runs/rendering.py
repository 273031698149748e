"""From decisions to a published set of files: compose, check, release, publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from persona.channels import Published, Seal, archived, publish
from persona.checks import Specimens, checked, heeded, meanings, reconciled, refused, releases
from persona.checks.release import Release
from persona.messages import composed
from persona.messages.approvals import contents
from persona.messages.draft import watermarked
from persona.messages.missing import missing
from persona.messages.missing import refused as unapproved
from persona.runs.deciding import content_of, room_of, worded
from persona.runs.nightly import profile_of
from persona.runs.plan import Night
from persona.runs.revealing import revealed
from persona.store import Store

__all__ = ["Rendered", "approved", "published", "rendered", "sealing"]


@dataclass(frozen=True)
class Rendered:
    """The messages of a night, in memory only, and how each treatment is released."""

    messages: pl.DataFrame
    releases: tuple[Release, ...]
    by_row: int
    """How many texts Jinja itself has written, row by row."""


def approved(night: Night) -> None:
    """Nothing, where all that may be shown tonight is approved.

    Raises: ComplianceError that names each block, template, offer and rule in use whose approval does not hold.
    """
    policy = night.policy
    in_use: set[tuple[str, str]] = {("rule", rule.id) for rule in policy.compliance}
    for action in room_of(night).actions:
        if action.from_utc <= night.as_of.naive_utc < action.until_utc:
            in_use |= content_of(action, night)
    needed = [content for content in contents(policy) if (content.kind, content.id) in in_use]
    error = unapproved(missing(needed, policy.approvals.approvals, policy.approvers, day=night.as_of.day))
    if error is not None:
        raise error


def rendered(night: Night, decisions: pl.DataFrame) -> Rendered:
    """The messages of all decisions that are carried out, each checked.

    Raises: ComplianceError where too many of one treatment are withheld.
    """
    policy, vault = night.policy, night.store.vault
    told = decisions.filter(pl.col("message_id").is_not_null())
    people = revealed(night, told)
    profile = profile_of(night).join(told.select("customer_no").unique(), on="customer_no", how="semi")
    made = composed(
        told,
        profile=profile,
        people=people,
        policy=policy,
        wordings=worded(policy),
        key=vault.signing_key("messages"),
        day=night.as_of.day,
        heeded=heeded(policy, day=night.as_of.day),
    )
    specimens = Specimens(made.kin, made.specimens)
    looked_at = checked(made.messages, policy=policy, day=night.as_of.day, specimens=specimens)
    messages = reconciled(looked_at, told)
    found = releases(messages, policy.quality)
    error = refused(found, meanings(policy))
    if error is not None:
        raise error
    return Rendered(messages, found, made.by_row)


def published(night: Night, made: Rendered, facts: Mapping[str, object], *, is_draft: bool = False) -> Published:
    """The night's set of files, visible at once under ``out/<run_id>``; an archive is there before it."""
    archive = night.policy.workspace.archive
    if archive is not None and not is_draft:
        archived(
            night.policy.root,
            made.messages,
            run_id=night.run_id,
            as_of=night.as_of.day,
            to=archive.recipients,
            seal=sealing(night.store),
        )
    return publish(
        night.policy.root / "out",
        run_id=night.run_id,
        as_of=night.as_of,
        messages=watermarked(made.messages) if is_draft else made.messages,
        workspace=night.policy.workspace,
        profiles=night.policy.delivery,
        modes={(one.offer_id, one.treatment_id): one.mode for one in made.releases},
        facts=facts,
        seal=sealing(night.store),
        is_draft=is_draft,
    )


def sealing(store: Store) -> Seal:
    """The workspace's own part in encrypted files; it stays when the vault's master key is changed."""
    return Seal(store.vault.signing_key("deliveries"))
