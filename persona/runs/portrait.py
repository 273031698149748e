"""One person as an advisor would want to see him: what there is, what has changed, what is likely, what would help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from persona import foundation, scores, signals
from persona.policy.policy import Policy
from persona.runs.explain import Explanation, explanation, night_of
from persona.runs.foreseeing import cards_of, patterns_of
from persona.runs.moment import Moved
from persona.runs.moment import told as told_of
from persona.runs.plan import Night, Progress
from persona.tables.profile import as_name
from persona.tables.words import groups

__all__ = ["Change", "Need", "Outlook", "Portrait", "Stream", "portrait"]

DELIVERIES = 24
"""Deliveries of holdings that balances are told of: two years by months."""
ANSWERS = 12
"""Newest answers that are told."""
SOON = 120
"""Days before its end from which a contract is told of."""
_LIFE = (
    ("moved_days", "has probably moved"),
    ("child_days", "has probably become a parent"),
    ("pay_rise_days", "earns more"),
    ("retired_days", "has probably retired"),
)


@dataclass(frozen=True, slots=True)
class Stream:
    """A regular income or payment that runs."""

    what: str
    is_income: bool
    amount_minor: int
    monthly_minor: int
    period_days: int
    next_on: date
    risen_minor: int | None
    """How much dearer it has become; None: it has not."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is other than it was; ``days`` ago, or since the night before."""

    what: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """A prediction, and how far the model behind it is to be trusted."""

    what: str
    value: float
    kind: str
    """probability, money or flag"""
    says: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Need:
    """What would help him, whoever earns by it: 1 to 100, and what of ours would meet it."""

    need: str
    name: str
    score: int
    says: str
    offers: tuple[str, ...]


@dataclass(frozen=True)
class Portrait:
    """All of it."""

    explanation: Explanation
    household_size: int
    balances: Mapping[str, Sequence[tuple[date, int]]]
    """Of each product the balance by the day on which it was delivered, minor units."""
    streams: Sequence[Stream]
    changes: Sequence[Change]
    segments: Sequence[str]
    """Names of the segments that he belongs to."""
    pattern: str | None
    """Which kind of buyer he is, in words."""
    outlook: Sequence[Outlook]
    needs: Sequence[Need]
    outcomes: Sequence[Mapping[str, Any]]
    """The newest answers to contacts: ``at``, ``offer_id``, ``channel``, ``outcome``."""
    moved: Sequence[Moved] = ()
    """What a booking that was just made changes."""


def portrait(root: Path, customer_id: str, *, progress: Progress, event: Path | None = None) -> Portrait:
    """The portrait of a customer in the newest night. Who objects to profiling has holdings and contacts, and no more.

    With ``event``, a file of a booking just made, it says what that moves; see ``moment.moved``.
    Raises: PolicyError for a customer who is not there, or an event that is none.
    """
    with night_of(root, None, progress, None) as (night, row):
        told = explanation(night, row, customer_id)
        facts = told.profile
        customer_no = int(str(facts["customer_no"]))
        who = night.store.crosswalk().filter(pl.col("customer_no") == customer_no)
        bucket = int(who["bucket"][0])
        units = night.table("units", [bucket]).filter(pl.col("customer_no") == customer_no)
        is_profiled = bool(facts["allows_profiling"])
        language = night.policy.workspace.languages[0]
        return Portrait(
            explanation=told,
            household_size=int(units["household_size"][0]),
            balances=_balances(night, bucket, customer_no),
            streams=_streams(night, bucket, customer_no) if is_profiled else (),
            changes=list(_changes(night.policy, facts)) if is_profiled else (),
            segments=[_in(one.name, language) for one in night.policy.segments if facts[f"in_{one.segment}"]],
            pattern=_pattern(night, facts.get("pattern")),
            outlook=list(_outlook(night, facts)) if is_profiled else (),
            needs=_needs(night.policy, facts, language) if is_profiled else (),
            outcomes=_outcomes(night, bucket, customer_no),
            moved=told_of(night, bucket, customer_no, event) if event and is_profiled else (),
        )


def _balances(night: Night, bucket: int, customer_no: int) -> dict[str, list[tuple[date, int]]]:
    """What he had of each product on each day on which holdings were delivered."""
    mine = pl.col("customer_no") == customer_no
    days = night.store.scan("holdings", [bucket]).filter(mine & (pl.col("known_on") < night.as_of.day))
    delivered = days.select(pl.col("known_on").unique().sort()).collect()["known_on"].to_list()[-DELIVERIES:]
    products, found = night.policy.workspace.products, dict[str, list[tuple[date, int]]]()
    for day in delivered:
        after = date.fromordinal(day.toordinal() + 1)
        rows = night.store.scan("holdings", [bucket], as_of=after).filter(mine).collect()
        held = foundation.holding_facts(rows, as_of=after, products=products)
        for product in products:
            balance = held[f"balance_{product}_minor"].to_list()
            if balance and balance[0] is not None:
                found.setdefault(product, []).append((day, balance[0]))
    return found


def _outcomes(night: Night, bucket: int, customer_no: int) -> list[dict[str, Any]]:
    columns = ("at", "offer_id", "channel", "outcome")
    mine = (pl.col("customer_no") == customer_no) & (pl.col("at") < night.as_of.naive_utc)
    rows = night.facts("outcomes", [bucket]).filter(mine).select(columns).unique()
    return rows.sort(columns, descending=[True, False, False, False]).head(ANSWERS).to_dicts()


def _streams(night: Night, bucket: int, customer_no: int) -> list[Stream]:
    """His regular incomes and payments that still run, the largest a month first."""
    rows = night.store.scan("transactions", [bucket], as_of=night.as_of.day)
    of_him = foundation.bookings(
        rows.filter(pl.col("customer_no") == customer_no),
        as_of=night.as_of,
        categories=night.policy.categories,
        currency=night.policy.workspace.currency,
    )
    running = signals.streams(signals.lines(of_him).collect(), as_of=night.as_of.day).filter(pl.col("is_running"))
    told = running.with_columns(monthly=signals.monthly_minor(), what=pl.coalesce("merchant", "category", "kind"))
    ordered = told.sort("is_income", "monthly", "what", descending=[True, True, False], nulls_last=True)
    return [
        Stream(
            what=row["what"] or "not named",
            is_income=row["is_income"],
            amount_minor=row["amount_minor"],
            monthly_minor=row["monthly"],
            period_days=row["period_days"],
            next_on=row["next_on"],
            risen_minor=row["risen_minor"],
        )
        for row in ordered.iter_rows(named=True)
    ]


def _changes(policy: Policy, facts: Mapping[str, Any]) -> Iterator[Change]:
    for column, says in _LIFE:
        if facts.get(column) is not None:
            yield Change(says, int(facts[column]))
    for name, title in (("lifecycle", "phase"), ("segment", "main segment"), ("pattern", "spending pattern")):
        now, before = facts.get(name), facts.get(f"{name}_before")
        if now and before and now != before:
            yield Change(f"{title}: {before} before, {now} now", None)
    if facts.get("price_rise_minor"):
        yield Change(f"{facts['price_rise_merchant'] or 'a subscription'} has become dearer", None)
    ends = [(word, facts[f"matures_in_days_{word}"]) for word in policy.workspace.products]
    for word, days in ends:
        if days is not None and days <= SOON:
            yield Change(f"{word} ends in {days} days", None)


def _pattern(night: Night, pattern: object) -> str | None:
    names = {one["pattern"]: str(one["name"]) for one in patterns_of(night)} if pattern else {}
    return names.get(pattern)


def _outlook(night: Night, facts: Mapping[str, Any]) -> Iterator[Outlook]:
    """What is likely, each with what its model's card says of it."""
    cards = {card["model"]: _confidence(card) for card in cards_of(night)}
    if facts["buys_30d"] is not None:
        yield Outlook("buys in 30 days", facts["buys_30d"], "probability", "anything but bills", cards["attrition"])
    if facts["is_at_risk"] is not None:
        says = "below half of his own probability of 90 days ago"
        yield Outlook("is drifting away", float(facts["is_at_risk"]), "flag", says, cards["attrition"])
    if facts["spend_next_365d_minor"] is not None:
        spent = float(facts["spend_next_365d_minor"])
        yield Outlook("spends in the next year", spent, "money", "without bills", cards["value"])
    for group in groups(night.policy.vocabulary.categories):
        name = f"next_{as_name(group)}"
        chance, begin, end = (facts[f"{name}_{part}"] for part in ("p", "from_days", "until_days"))
        if chance is not None:
            when = f"in {begin} to {end} days" if begin is not None else "in 90 days"
            yield Outlook(f"buys {group}", chance, "probability", when, cards[f"next purchase: {group}"])
    short = facts["shortfall_60d_p"]
    if short:
        says = "own money runs out in 60 days"
        yield Outlook("will be short of money", short, "probability", says, "by rule over his bookings")


def _confidence(card: Mapping[str, Any]) -> str:
    why = card.get("not_trusted_because") or ()
    if why:
        return f"not to be trusted: {'; '.join(why)}"
    skill = card.get("skill")
    return "not measured" if skill is None else f"{100 * skill:.0f} % better than a naive forecast"


def _needs(policy: Policy, facts: Mapping[str, Any], language: str) -> list[Need]:
    if policy.needs is None:
        return []
    file = policy.needs
    wanted = [
        scores.Wanted(one.need, *(policy.checked(file, "needs", number, key) for key in ("when", "score")))
        for number, one in enumerate(file.needs)
    ]
    by_name = {one.need: one for one in file.needs}
    known = pl.DataFrame([facts], schema=dict(policy.profile.schema), orient="row")
    return [
        Need(
            need=name,
            name=_in(by_name[name].name, language),
            score=score,
            says=_in(by_name[name].says, language),
            offers=by_name[name].offers,
        )
        for name, score in scores.needs(known, wanted).select("need", "score").iter_rows()
    ]


def _in(words: Mapping[str, str], language: str) -> str:
    """The words in a language, or in the first one that they are written in."""
    return words.get(language) or next(iter(words.values()), "")
