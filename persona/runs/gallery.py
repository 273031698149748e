"""What reviewers see of a night: each message of its sample, why it goes to whom it goes, and what was checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from persona.channels.manifest import SUCCESS
from persona.checks.checks import CHECKS
from persona.checks.given import Given
from persona.checks.rules import in_force
from persona.checks.sampling import Stratum
from persona.clock import AsOf
from persona.errors import WriteError
from persona.messages.wording import nearest
from persona.policy.policy import Policy
from persona.runs.sampling import Sample, finished_run, hash_of, keep_sample, sample_of
from persona.runs.workspace import loaded_policy
from persona.store import Store
from persona.store.durable import write_file

__all__ = ["FOLDER", "PAGE", "Card", "Gallery", "checks_on", "gallery_of", "window", "written"]

FOLDER, PAGE = "review", "index.html"
"""Where the page lies, in the folder of its run: it goes when the run's files go."""
_OWNERS_ONLY = 0o600
_FACTORS = ("p", "value_milli", "rank", "not_before_utc", "not_after_utc", "price_point")


@dataclass(frozen=True, slots=True)
class Card:
    """A message to look at."""

    message_id: str
    hash: str
    stratum: Stratum
    customer_id: str
    said: Mapping[str, Any]
    """Its texts, by name."""
    why: str
    """The offer's approved words for why somebody gets it; empty where it has none."""
    factors: Mapping[str, Any]
    """What decided: propensity, value, place among what he could get, when it may be sent."""
    failed: tuple[str, ...] = ()
    """The checks that withhold it; of what is in a file none does."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """What a page of messages shows."""

    run_id: str
    as_of: str
    bank: str
    sender: str
    hosts: tuple[str, ...]
    """Whose pictures are shown: those that messages may link to."""
    currency: str
    sample: str
    """The hash that stands for the sample."""
    strata: tuple[Stratum, ...]
    cards: tuple[Card, ...]
    checks: tuple[tuple[str, str, frozenset[str]], ...]
    """Check or rule, what it sees to, and on which channels; each message has passed those of its own."""
    is_waiting: bool
    """Whether people have to decide; else it is only shown."""


def gallery_of(root: Path, run_id: str | None) -> Gallery:
    """What reviewers see of the run that is named, else of the newest; where people have to decide, its sample is kept.

    Raises: PolicyError where there is no such run, or its messages are kept no longer.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        row = finished_run(store, run_id, where="persona review")
        sample = sample_of(store, row)
        is_waiting = any(one.stratum.waits for one in sample.lots)
        if is_waiting:
            keep_sample(store, sample)
        at = AsOf(row.as_of.replace(tzinfo=UTC), policy.workspace.zone)
        return Gallery(
            run_id=row.run_id,
            as_of=str(at),
            bank=policy.workspace.name,
            sender=policy.workspace.sender.name,
            hosts=policy.workspace.sender.links,
            currency=policy.workspace.currency,
            sample=sample.sha,
            strata=tuple(one.stratum for one in sample.lots),
            cards=_cards(policy, store, sample),
            checks=checks_on(policy, at),
            is_waiting=is_waiting,
        )


def _cards(policy: Policy, store: Store, sample: Sample) -> tuple[Card, ...]:
    ids = list(sample.hashes)
    rows = store.messages(sample.run_id, message_ids=ids).select("message_id", "customer_id", "personal")
    told = {name: (customer, personal) for name, customer, personal in rows.iter_rows() if personal is not None}
    decided = store.evidence(sample.run_id, "decisions").filter(pl.col("message_id").is_in(ids)).collect()
    factors = {row["message_id"]: row for row in decided.iter_rows(named=True)}
    words = {offer.offer: offer.reason for offer in policy.offers}
    cards = []
    for lot in sample.lots:
        for name in (one for one in lot.message_ids if one in told):
            customer, personal = told[name]
            said = {key: text for key, text in json.loads(personal).items() if text is not None}
            why = words.get(lot.stratum.offer_id, {})
            spoken = nearest(why, lot.stratum.locale)
            row = factors.get(name, {})
            seen = {key: row[key] for key in _FACTORS if row.get(key) is not None}
            text = why[spoken] if spoken else ""
            cards.append(Card(name, hash_of(personal), lot.stratum, customer, said, text, seen))
    return tuple(cards)


def checks_on(policy: Policy, at: AsOf) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """The checks of a night's messages, and the rules that were in force; what speaks of no channel speaks of all."""
    given = Given.of(policy, day=at.day)
    own = [(check.id, check.about, frozenset(check.channels)) for check in CHECKS]
    rules = [
        (rule.id, f"{rule.law}; {rule.source}", frozenset(rule.channels))
        for rule in sorted(policy.compliance, key=lambda one: one.id)
        if in_force(rule, given) and rule.severity == "block"
    ]
    return (*own, *rules)


def window(factors: Mapping[str, Any]) -> str:
    """When a message may be sent, in words; empty where at any time."""
    first, last = factors.get("not_before_utc"), factors.get("not_after_utc")
    if first is None or last is None:
        return f"from {_at(first)} UTC" if first else f"until {_at(last)} UTC" if last else ""
    end = f"{last:%H:%M}" if last.date() == first.date() else _at(last)
    return f"{_at(first)} to {end} UTC"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def written(root: Path, told: Gallery, text: str) -> Path:
    """The page in the folder of its run, readable by its owner only.

    Raises: WriteError where the run's files are not there, or the disk refuses.
    """
    folder = root.resolve() / "out" / told.run_id
    if not (folder / SUCCESS).is_file():
        hint = "They were taken away: see the folder's TOMBSTONE.json."
        raise WriteError("the run's files are not there", where=str(folder), hint=hint)
    path = folder / FOLDER / PAGE
    try:
        path.parent.mkdir(exist_ok=True)
        write_file(path, text.encode(), mode=_OWNERS_ONLY)
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(path)) from error
    return path
