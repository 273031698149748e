"""What rules do to the book: the funnel of each offer, and what each rule costs that alone stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from persona.decisions import Considered
from persona.decisions.forgone import forgone
from persona.errors import PolicyError
from persona.offers.bits import NOBODY, Bits
from persona.offers.funnel import funnel, stages
from persona.runs.comparing import bits_of
from persona.runs.deciding import book_of
from persona.runs.explain import night_of
from persona.runs.nightly import profile_of
from persona.runs.plan import Night, Progress
from persona.store import RunRow
from persona.tables.reasons import words

__all__ = ["Counted", "funnels", "rule_costs"]


@dataclass(frozen=True)
class Counted:
    """Rows about the rules of a night."""

    run_id: str
    as_of: str
    currency: str
    is_finished: bool
    """Whether the night came to its end; otherwise this is what it would decide."""
    rules_changed: bool
    """Whether the rules are other ones now than when the night was decided."""
    customers: int
    rows: Sequence[Mapping[str, Any]]


def funnels(root: Path, *, offer: str | None, run_id: str | None, as_of: str | None, progress: Progress) -> Counted:
    """How many customers are left of one offer after each condition, or of all offers after each stage.

    Of the newest night that came to its end, else of what tonight would decide.
    Raises: PolicyError for a run or offer that is not there.
    """
    with _bits(root, run_id, as_of, progress) as (night, row, bits):
        offers = bits.actions["offer_id"].unique().sort().to_list()
        if offer is not None and offer not in offers:
            raise PolicyError.unknown("offer", offer, offers, where="--offer")
        found = funnel(bits, offer) if offer else stages(bits, offers)
        return _counted(night, row, bits, found.to_dicts())


def rule_costs(root: Path, *, run_id: str | None, as_of: str | None, progress: Progress) -> Counted:
    """For whom each rule alone stood in the way of an offer, and what that costs; the dearest first.

    A row has ``letter``, ``id``, ``says``, ``source``, ``owner``, ``offers`` (that it alone keeps from somebody),
    ``alone`` (customers), ``protected`` (of them those whom marketing would have told something else; null: not known)
    and ``value_minor`` (forgone, at most; null: not known, because the rules have changed or the night's values are
    kept no longer).
    Raises: PolicyError for a run that is not there.
    """
    with _bits(root, run_id, as_of, progress) as (night, row, bits):
        blocked = _blocked(bits)
        is_known = "propensities" in night.generation and not _is_changed(night, row)
        gains = _gains(night, blocked) if is_known else None
        return _counted(night, row, bits, _costs(bits, blocked, gains))


@contextmanager
def _bits(
    root: Path, run_id: str | None, as_of: str | None, progress: Progress
) -> Iterator[tuple[Night, RunRow | None, Bits]]:
    with night_of(root, run_id, progress, None, as_of) as (night, row):
        kept = bits_of(night, row.run_id) if row else None
        if kept is None and "night_rules" not in night.generation:
            hint = "Run the next night, or leave --run out."
            raise PolicyError("was decided by an earlier version", where=f"run {night.run_id}", hint=hint)
        yield night, row, kept or Bits(*(night.table(name) for name in _NAMES))


_NAMES = ("verdicts", "night_actions", "night_rules")


def _is_changed(night: Night, row: RunRow | None) -> bool:
    return row is not None and row.fingerprint.get("policy") != night.policy.hash


def _counted(night: Night, row: RunRow | None, bits: Bits, rows: Sequence[Mapping[str, Any]]) -> Counted:
    currency, is_changed = night.policy.workspace.currency, _is_changed(night, row)
    return Counted(night.run_id, str(night.as_of), currency, row is not None, is_changed, bits.height, rows)


def _blocked(bits: Bits) -> pl.DataFrame:
    """The pairs that one rule alone refuses: ``customer_no``, ``action``, ``rule``."""
    frames = [pl.DataFrame(schema={"customer_no": pl.Int64, "action": pl.Int16, "rule": pl.Int16})]
    for action in bits.actions["action"].to_list():
        rule = pl.Series("rule", bits.alone(action), dtype=pl.Int16)
        here = bits.verdicts.select("customer_no", pl.lit(action, dtype=pl.Int16).alias("action"), rule)
        frames.append(here.filter(pl.col("rule") != NOBODY))
    return pl.concat(frames)


def _gains(night: Night, blocked: pl.DataFrame) -> pl.DataFrame:
    """What each customer would gain without each rule: as ``decisions.forgone`` makes it."""

    def relaxed(batch: Considered, buckets: Sequence[int]) -> Considered:
        kept = night.table("verdicts", buckets)
        bits = Bits(kept, night.table("night_actions"), night.table("night_rules"))
        reasons = []
        for action in bits.actions["action"].to_list():
            is_free = bits.is_admissible(action) | (bits.alone(action) != NOBODY)
            codes = np.where(is_free, np.uint8(0), kept[f"reason_{action}"].to_numpy())
            reasons.append(pl.Series(f"reason_{action}", codes))
        own = batch.units.select("customer_no")
        return replace(batch, verdicts=own.join(kept.with_columns(reasons), on="customer_no", maintain_order="left"))

    book = book_of(night, profile_of, again=relaxed)
    taken = night.table("decisions").filter(pl.col("reason") == "O").select("customer_no", "action")
    return forgone(
        book.proposals,
        book.room.actions,
        units=book.customers,
        terms=book.terms,
        blocked=blocked,
        taken=taken,
        constraints=night.table("constraints"),
    )


def _costs(bits: Bits, blocked: pl.DataFrame, gains: pl.DataFrame | None) -> list[dict[str, Any]]:
    """A row a rule that alone stands in the way of somebody."""
    offers = blocked.join(bits.actions.select("action", "offer_id"), on="action", how="left")
    counted = offers.group_by("rule").agg(alone=pl.col("customer_no").n_unique(), offers=pl.col("offer_id").n_unique())
    known = {row["rule"]: row for row in counted.iter_rows(named=True)}
    dear = {} if gains is None else _summed(gains)
    rows = []
    for rule in bits.rules:
        if rule.number in known:
            protected, value = (None, None) if gains is None else dear.get(rule.number, (0, 0))
            said = known[rule.number]
            told = (rule.letter, rule.id, words(rule.letter), rule.source, rule.owner, said["offers"], said["alone"])
            rows.append(dict(zip(_COST, (*told, protected, value), strict=True)))
    return sorted(rows, key=lambda row: (-(row["value_minor"] or 0), -row["alone"], row["letter"], row["id"]))


_COST = ("letter", "id", "says", "source", "owner", "offers", "alone", "protected", "value_minor")


def _summed(gains: pl.DataFrame) -> dict[int, tuple[int, int]]:
    """By rule: customers with a gain, and the gains together in minor units."""
    sums = gains.group_by("rule").agg(pl.len(), pl.col("gain_milli").sum())
    return {rule: (count, round(milli / 1_000)) for rule, count, milli in sums.iter_rows()}
