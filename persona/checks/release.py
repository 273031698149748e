"""The gate: which messages leave by themselves, which wait for people, and when the whole set may not leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from persona.checks.sampling import Mode
from persona.errors import ComplianceError
from persona.policy.rules import Quality

__all__ = ["Release", "refused", "releases"]


@dataclass(frozen=True, slots=True)
class Release:
    """How the messages of one treatment are released."""

    offer_id: str
    treatment_id: str
    risk_class: str
    mode: Mode
    """automatic, sampled or manual: the last two wait for people."""
    planned: int
    withheld: int
    most: Decimal
    """The share that may be withheld."""
    reasons: tuple[tuple[str, int], ...]
    """The first check that withholds, and how often; the most frequent first."""

    @property
    def share(self) -> Decimal:
        """The share of messages that a check withholds, 0..1."""
        return Decimal(self.withheld) / Decimal(self.planned)

    @property
    def is_stopped(self) -> bool:
        """Whether more are withheld than the playbook allows; a single message is no share."""
        return self.withheld > 1 and self.share > self.most

    @property
    def is_automatic(self) -> bool:
        """Whether its messages may leave with nobody looking."""
        return self.mode == "automatic" and not self.is_stopped


def releases(messages: pl.DataFrame, quality: Quality) -> tuple[Release, ...]:
    """How each treatment is released, sorted by offer and treatment.

    Reads: checked messages (``offer_id``, ``treatment_id``, ``risk_class``, ``check_id``). A risk class of which
    ``qa.yaml`` says nothing is manual.
    """
    return tuple(
        _release(group, quality)
        for _, group in messages.sort("offer_id", "treatment_id").group_by(
            "offer_id", "treatment_id", maintain_order=True
        )
    )


def _release(group: pl.DataFrame, quality: Quality) -> Release:
    offer, treatment, risk = group.select("offer_id", "treatment_id", "risk_class").row(0)
    modes = {str(name): mode for name, mode in quality.release.items()}
    reasons = group["check_id"].drop_nulls().value_counts().sort(["count", "check_id"], descending=[True, False])
    return Release(
        offer,
        treatment,
        risk,
        modes.get(risk, "manual"),
        group.height,
        group.height - group["check_id"].null_count(),
        quality.max_withheld_share,
        tuple(reasons.rows()),
    )


def refused(found: Iterable[Release], meanings: Mapping[str, str]) -> ComplianceError | None:
    """The error that names every treatment of which too many messages are withheld; None where none is.

    ``meanings`` are what the checks see to and where rules come from, by id.
    """
    stopped = [release for release in found if release.is_stopped]
    if not stopped:
        return None
    lines = [
        f"{one.offer_id}/{one.treatment_id}: {one.withheld:,} of {one.planned:,} messages are withheld"
        f" ({', '.join(f'{name} {count:,}' for name, count in one.reasons)})"
        for one in stopped
    ]
    named = sorted({name for one in stopped for name, _ in one.reasons})
    lines += [f"  {name}: {meanings[name]}" for name in named if name in meanings]
    hint = "Mend the template or the data, or raise max_withheld_share in rules/qa.yaml."
    return ComplianceError("\n".join(lines), where="release", hint=hint)
