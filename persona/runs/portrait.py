"""One person as an advisor would want to see him: what there is, what has changed, what is likely, what would help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from persona import foundation, scores, signals
from persona.money import written
from persona.policy.policy import Policy
from persona.runs.explain import Explanation, explanation, night_of
from persona.runs.foreseeing import patterns_of
from persona.runs.moment import Moved
from persona.runs.moment import told as told_of
from persona.runs.outlook import Outlook, outlook
from persona.runs.plan import Night, Progress
from persona.runs.travelling import Habit, travel

__all__ = ["OWN", "Change", "Need", "Outlook", "Portrait", "Stream", "portrait"]

DELIVERIES = 24
"""Deliveries of holdings that balances are told of: two years by months."""
ANSWERS = 12
"""Newest answers that are told."""
SOON = 120
"""Days before its end from which a contract is told of."""
STOPPED = 3
"""Payments out that have stopped, the largest, that are told of."""
OWN = "own transfer"
_INCOMES = ("salary", "pension", "benefit")
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
    role: str
    """salary, pension, benefit or income; payment; own transfer, from one account of his to another; or other money in:
    what comes in and is not counted as income"""
    is_income: bool
    amount_minor: int
    monthly_minor: int
    period_days: int
    next_on: date
    risen_minor: int | None
    """How much dearer it has become; None: it has not."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is other than it was; ``days`` ago (of what stopped since it fell due), or since last night."""

    what: str
    days: int | None


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
    travel: Sequence[Habit]
    """How he travels, and what he does with his points; nothing where nothing is known."""
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
        regular, gone = _money(night, bucket, customer_no) if is_profiled else ((), None)
        stopped = list(_stopped(night, gone)) if gone is not None else []
        has_pay = gone is None or "salary" not in gone["kind"]
        return Portrait(
            explanation=told,
            household_size=int(units["household_size"][0]),
            balances=_balances(night, bucket, customer_no),
            streams=regular,
            changes=[*stopped, *_changes(night.policy, facts, has_pay=has_pay)] if is_profiled else (),
            segments=[_in(one.name, language) for one in night.policy.segments if facts[f"in_{one.segment}"]],
            pattern=_pattern(night, facts.get("pattern")),
            travel=list(travel(facts)) if is_profiled else (),
            outlook=list(outlook(night, bucket, customer_no, facts)) if is_profiled else (),
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


def _money(night: Night, bucket: int, customer_no: int) -> tuple[list[Stream], pl.DataFrame]:
    """His regular incomes and payments that still run, the largest a month first; and those that have stopped."""
    rows = night.store.scan("transactions", [bucket], as_of=night.as_of.day)
    of_him = foundation.bookings(
        rows.filter(pl.col("customer_no") == customer_no),
        as_of=night.as_of,
        categories=night.policy.categories,
        currency=night.policy.workspace.currency,
    )
    lines = signals.lines(of_him).collect()
    regular = signals.streams(lines, as_of=night.as_of.day)
    return _streams(regular), signals.stopped(regular, lines, as_of=night.as_of.day)


def _streams(regular: pl.DataFrame) -> list[Stream]:
    key = ("series", "split", "amount_minor", "last_on")
    own, earned = (made.select(key) for made in (signals.own_transfers(regular), signals.incomes(regular)))
    running = regular.filter(pl.col("is_running")).with_columns(
        monthly=signals.monthly_minor(), what=pl.coalesce("merchant", "category", "kind"), place=pl.struct(key)
    )
    says_kind = pl.when(pl.col("kind").is_in(_INCOMES)).then("kind").otherwise(pl.lit("income"))
    is_own, is_earned = (
        pl.col("place").is_in(made.select(pl.struct(key)).to_series().implode()) for made in (own, earned)
    )
    role = (
        pl.when(is_own)
        .then(pl.lit(OWN))
        .when(~pl.col("is_income"))
        .then(pl.lit("payment"))
        .when(is_earned)
        .then(says_kind)
        .otherwise(pl.lit("other money in"))
    )
    told = running.with_columns(role=role)
    ordered = told.sort("is_income", "monthly", "what", descending=[True, True, False], nulls_last=True)
    return [
        Stream(
            what=row["what"] or "not named",
            role=row["role"],
            is_income=row["is_income"],
            amount_minor=row["amount_minor"],
            monthly_minor=row["monthly"],
            period_days=row["period_days"],
            next_on=row["next_on"],
            risen_minor=row["risen_minor"],
        )
        for row in ordered.iter_rows(named=True)
    ]


def _stopped(night: Night, gone: pl.DataFrame) -> Iterator[Change]:
    """Each salary and pension that has stopped, and the largest payments out."""
    day, currency = night.as_of.day, night.policy.workspace.currency
    known = gone.with_columns(monthly=signals.monthly_minor(), what=pl.coalesce("merchant", "category", "kind"))
    ordered = known.sort("is_income", "monthly", "what", "last_on", descending=[True, True, False, False])
    for is_income, most in ((True, ordered.height), (False, STOPPED)):
        for row in ordered.filter(pl.col("is_income") == is_income).head(most).iter_rows(named=True):
            kind, side = (row["kind"], "from") if is_income else ("payment", "to")
            amount, who = written(row["monthly"], currency), row["what"] or "a side that is not named"
            says = f"the {kind} of {amount} a month {side} {who} has stopped: last on {row['last_on']}"
            yield Change(says, (day - row["next_on"]).days)


def _changes(policy: Policy, facts: Mapping[str, Any], *, has_pay: bool) -> Iterator[Change]:
    for column, says in _LIFE:
        if facts.get(column) is not None and (has_pay or column != "pay_rise_days"):
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
