"""Cash need: whether a customer's own money will run out within 60 days, so that he would need a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtr

from persona.scores.affinity_state import Flags, Floats, Ints, positions
from persona.scores.cards import Measured, ModelCard, measured
from persona.scores.drift import Drift, drift
from persona.scores.gates import few_positives, no_skill
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.search import rounded

__all__ = ["CASH_DAYS", "CASH_FIT_DAYS", "CashNeed", "cash_need", "fit_cash_need", "rehearsals"]

HORIZON_DAYS = 60
_SHIFTS = (0, 30, 61, 91, 122)
"""How many days before the last 60 each rehearsal ends: whole months, so that rents and salaries keep their days."""
CASH_DAYS = _SHIFTS[-1] + HORIZON_DAYS
CASH_FIT_DAYS = CASH_DAYS + 2 * HORIZON_DAYS
"""Days of bookings that a fit reads: two closed horizons, and what was rehearsed with before them."""
_LEAST_BOOKINGS = 6
_LEAST_SPREAD = 0.1
_LEAST_TO_LEVEL, _LEAST_TO_JUDGE = 50, 20
"""Customers of both kinds from which a level is learnt, and below which skill is chance."""
_BOUND = 1e-3
_DECILES = 10
_DIGITS = 4
_TERM = "rehearsed chance"
_NOBODY = f"of nobody who had money {HORIZON_DAYS} days ago is enough known"
_SCHEMA = {"customer_no": pl.Int64, "shortfall_60d_p": pl.Float64, "shortfall_60d_minor": pl.Int64}
_NAIVE = "as often as those of the same tenth by balance fell short in the 60 days before"


@dataclass(frozen=True, slots=True)
class CashNeed:
    """How rehearsals are told; plain numbers, 12 digits."""

    coefficients: tuple[float, ...]
    """Constant and slope of the rehearsed log-odds; none: the rehearsals as they are."""

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> CashNeed | None:
        """The same from the numbers of a card; None where it has none."""
        return cls(tuple(numbers["coefficients"])) if numbers else None


def fit_cash_need(
    bookings: pl.DataFrame, balances: pl.DataFrame, *, as_of: date, incomplete: str = ""
) -> tuple[CashNeed | None, ModelCard]:
    """The level of a sample's rehearsals, learnt on the newest closed 60 days, and its card; None where they fail.

    Reads what ``cash_need`` reads, of ``CASH_FIT_DAYS``; a balance of the past is today's less what was booked since.
    Learnt and measured is on those who were not below 0 already: of them it is known. The skill is measured honestly:
    rehearsals of 60 days ago against what came, at the level learnt 60 days before where that made them better. Those
    that are no better than the naive forecast, that nobody can be measured by, or whose months are ``incomplete``, tell
    nothing; of fewer than 20 who fell short, or did not, they are told and the card says that it is too early to judge.
    """
    past, newest = (_closed(bookings, balances, as_of=as_of, horizons=number) for number in (2, 1))
    now = _rehearsed(bookings, balances, as_of=as_of)
    drifts = {_TERM: drift(_log_odds(newest.told.chance), _log_odds(now.only(now.balance >= 0).chance))}
    tested = _tested((), past, newest)
    level: tuple[float, ...] = ()
    learnt = _level(past), _level(newest)
    if tested and all(learnt) and not drifts[_TERM].is_severe:
        levelled = _tested(learnt[0], past, newest)
        if levelled and levelled.log_loss < tested.log_loss:
            tested, level = levelled, learnt[1]
    reasons = [incomplete, no_skill(tested.log_loss, tested.naive_log_loss) if tested else _NOBODY]
    model = None if any(reasons) else CashNeed(level)
    reasons += [few_positives(newest.short, least=_LEAST_TO_JUDGE)] if tested else []
    return model, _card(model, newest, tested, drifts, [one for one in reasons if one], as_of=as_of)


def cash_need(bookings: pl.DataFrame, balances: pl.DataFrame, model: CashNeed | None, *, as_of: date) -> pl.DataFrame:
    """How probably and by how much the money of each customer runs out within 60 days.

    The next 60 days are rehearsed five times with what went through his accounts in the last half year, from today's
    balance on: the beat of his own salary, rents, taxes and card bills is in it, and so is how much they differ.

    Grain: one row a customer of ``balances`` whose accounts have six bookings or more and a history of two rehearsals,
    sorted; nobody where there is no model. Reads: ``customer_no``, ``is_on_account``, ``booked_on``, ``amount_minor``;
    of ``balances`` ``customer_no``, ``balance_minor`` (what he can pay with today, all accounts).
    Makes: ``shortfall_60d_p`` (0..1, 4 digits: that the money of all accounts together is below 0 on one of the days;
    1 where it is so today), ``shortfall_60d_minor`` (by how much the money falls short at its lowest, the mean of those
    rehearsals where it does; null: none).
    Not to be trusted where part of the money lies at another bank. Never a reason to refuse.
    """
    if model is None:
        return pl.DataFrame(schema=_SCHEMA)
    told = _rehearsed(bookings, balances, as_of=as_of)
    chance = np.where(told.balance < 0, 1.0, _levelled(told.chance, model.coefficients))
    made = pl.DataFrame({"customer_no": told.customers, "shortfall_60d_p": chance, "gap": told.gap})
    return made.select("customer_no", "shortfall_60d_p", shortfall_60d_minor=pl.when(pl.col("gap") > 0).then("gap"))


def rehearsals(bookings: pl.DataFrame, *, balance_minor: int, as_of: date) -> pl.DataFrame:
    """What ``cash_need`` rehearses of one customer: the lowest point of his money in each stretch of 60 past days.

    Grain: one row a rehearsal that ``cash_need`` counts, the newest first. Reads: his bookings, as ``cash_need`` does;
    ``balance_minor``, what he can pay with today. Makes: ``low_minor`` (the lowest point, from the balance of today
    on), ``lowest_on`` (the past day on which it was reached; null: it never fell below the start).
    """
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days().alias("age")
    rows = bookings.filter("is_on_account").select(age, "amount_minor").filter(pl.col("age").is_between(1, CASH_DAYS))
    ages, amounts = rows["age"].to_numpy(), rows["amount_minor"].to_numpy()
    daily = _daily(np.zeros_like(ages), ages, amounts, size=1, days=CASH_DAYS)[0]
    found = []
    for shift in _SHIFTS:
        if int(ages.max(initial=0)) >= HORIZON_DAYS // 2 + shift:
            end = CASH_DAYS - shift
            path = np.cumsum(daily[end - HORIZON_DAYS : end])
            at, low = int(path.argmin()), min(int(path.min()), 0)
            on = as_of - timedelta(days=shift + HORIZON_DAYS - at) if low < 0 else None
            found.append((balance_minor + low, on))
    return pl.DataFrame(found, schema={"low_minor": pl.Int64, "lowest_on": pl.Date}, orient="row")


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    """Those of whom something can be told, by customer."""

    customers: Ints
    balance: Ints
    chance: Floats
    gap: Ints

    def only(self, kept: Flags) -> _Rehearsed:
        return _Rehearsed(self.customers[kept], self.balance[kept], self.chance[kept], self.gap[kept])


@dataclass(frozen=True, slots=True)
class _Closed:
    """What was told as of a past day of those whose money was not below 0 then, and what came."""

    told: _Rehearsed
    short: Floats
    """1 where the money was below 0 on one of the days after, else 0."""
    already: int
    """Customers whose money was below 0 then."""


def _closed(bookings: pl.DataFrame, balances: pl.DataFrame, *, as_of: date, horizons: int) -> _Closed:
    """So many horizons before ``as_of``, and the one horizon after that."""
    days = horizons * HORIZON_DAYS
    known = balances.drop_nulls("balance_minor").sort("customer_no")
    everyone = known["customer_no"].to_numpy()
    since = _daily(*_aged(bookings, everyone, as_of=as_of, days=days), size=len(everyone), days=days)
    then = known.with_columns(balance_minor=known["balance_minor"] - pl.Series(since.sum(axis=1)))
    told = _rehearsed(bookings, then, as_of=as_of - timedelta(days=days))
    lowest = np.cumsum(since[:, :HORIZON_DAYS], axis=1).min(axis=1)[positions(everyone, told.customers)]
    here = told.balance >= 0
    return _Closed(told.only(here), (told.balance + lowest < 0)[here].astype(np.float64), int((~here).sum()))


def _rehearsed(bookings: pl.DataFrame, balances: pl.DataFrame, *, as_of: date) -> _Rehearsed:
    known = balances.drop_nulls("balance_minor").sort("customer_no")
    everyone, balance = known["customer_no"].to_numpy(), known["balance_minor"].to_numpy()
    who, ages, amounts = _aged(bookings, everyone, as_of=as_of, days=CASH_DAYS)
    daily = _daily(who, ages, amounts, size=len(everyone), days=CASH_DAYS)
    count, oldest = np.bincount(who, minlength=len(everyone)), np.zeros(len(everyone), dtype=np.int64)
    np.maximum.at(oldest, who, ages)
    # A rehearsal of days before the first booking would rehearse nothing.
    there = oldest[:, None] >= np.array([HORIZON_DAYS // 2 + shift for shift in _SHIFTS])
    out = np.maximum(-daily, 0).sum(axis=1) // (CASH_DAYS // HORIZON_DAYS)
    chance, gap = _shortfall(balance[:, None] + _lows(daily), there, out=out)
    is_told = (count >= _LEAST_BOOKINGS) & (there.sum(axis=1) > 1)
    return _Rehearsed(everyone, balance, chance, gap).only(is_told)


def _aged(bookings: pl.DataFrame, everyone: Ints, *, as_of: date, days: int) -> tuple[Ints, Ints, Ints]:
    """Of each booking on an account in the days before ``as_of``: the customer's position, its age, its amount."""
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days().alias("age")
    of_accounts = bookings.filter(pl.col("is_on_account") & pl.col("customer_no").is_in(everyone))
    rows = of_accounts.select("customer_no", age, "amount_minor").filter(pl.col("age").is_between(1, days))
    return positions(everyone, rows["customer_no"].to_numpy()), rows["age"].to_numpy(), rows["amount_minor"].to_numpy()


def _daily(who: Ints, ages: Ints, amounts: Ints, *, size: int, days: int) -> Ints:
    """Customers x days, the oldest first; exact while a sum stays below 2**53, whatever the order."""
    sums = np.bincount(who * days + days - ages, amounts, minlength=size * days)
    return np.asarray(sums.astype(np.int64).reshape(-1, days))


def _shortfall(lows: Ints, there: Flags, *, out: Ints) -> tuple[Floats, Ints]:
    """The chance that the lowest point lies below 0, and the mean gap of the rehearsals where it does.

    Each rehearsal stands for a normal spread around its lowest point, as wide as the rehearsals of the customer lie
    apart, and a tenth of what goes out in 60 days at least: so a narrow escape counts for more than a wide one.
    """
    number = np.maximum(there.sum(axis=1), 1)
    mean = np.where(there, lows, 0).sum(axis=1) / number
    apart = np.sqrt((np.where(there, lows - mean[:, None], 0) ** 2).sum(axis=1) / number)
    spread = np.maximum(apart, np.maximum(_LEAST_SPREAD * out, 1.0))
    below = np.where(there, ndtr(-lows / spread[:, None]), 0).sum(axis=1) / number
    short = (lows < 0) & there
    missing: Ints = -np.where(short, lows, 0).sum(axis=1)
    gap = np.asarray(missing // np.maximum(short.sum(axis=1), 1), dtype=np.int64)
    return np.asarray(np.round(below, _DIGITS)), gap


def _lows(daily: Ints) -> Ints:
    """The lowest point of each customer's money in each rehearsal, against its start; shape customers x rehearsals."""
    paths = []
    for shift in _SHIFTS:
        end = CASH_DAYS - shift
        paths.append(np.cumsum(daily[:, end - HORIZON_DAYS : end], axis=1).min(axis=1))
    return np.asarray(np.minimum(np.column_stack(paths), 0), dtype=np.int64)


def _log_odds(chance: Floats) -> Floats:
    bounded = np.clip(chance, _BOUND, 1 - _BOUND)
    return np.asarray(np.log(bounded / (1 - bounded)))


def _levelled(chance: Floats, coefficients: Sequence[float]) -> Floats:
    if not coefficients:
        return chance
    return np.asarray(np.round(logistic(weighed(_log_odds(chance)[:, None], coefficients)), _DIGITS))


def _level(closed: _Closed) -> tuple[float, ...]:
    """The constant and the slope of rehearsed log-odds; none of too few."""
    if few_positives(closed.short, least=_LEAST_TO_LEVEL):
        return ()
    return rounded(fit_logistic(_log_odds(closed.told.chance)[:, None], closed.short))


def _tested(level: Sequence[float], past: _Closed, newest: _Closed) -> Measured | None:
    """Rehearsals of 60 days ago, at a level learnt before, against what came."""
    return measured(_levelled(newest.told.chance, level), newest.short, _usual(past, newest.told), naive=_NAIVE)


def _usual(past: _Closed, now: _Rehearsed) -> Floats:
    """How often those of the same tenth by balance fell short before."""
    money = past.told.balance.astype(np.float64)
    inner = np.linspace(0, 1, _DECILES + 1)[1:-1]
    edges = np.unique(np.quantile(money, inner)) if len(money) else money
    of_past, of_now = (np.searchsorted(edges, one) for one in (money, now.balance.astype(np.float64)))
    short, all_of = np.bincount(of_past, past.short, minlength=_DECILES), np.bincount(of_past, minlength=_DECILES)
    return np.asarray(((short + 0.5) / (all_of + 1.0))[of_now])


def _name(level: Sequence[float]) -> str:
    return "rehearsals, at the level of what came of those before" if level else "rehearsals as they are"


def _card(
    model: CashNeed | None,
    newest: _Closed,
    tested: Measured | None,
    drifts: Mapping[str, Drift],
    why: Sequence[str],
    *,
    as_of: date,
) -> ModelCard:
    start = as_of - timedelta(days=HORIZON_DAYS)
    return ModelCard(
        model="cash need",
        says=(
            f"Probability that a customer's money is below 0 on a day of the next {HORIZON_DAYS}, all accounts added.",
            f"The days ahead are rehearsed {len(_SHIFTS)} times with his own bookings of {CASH_DAYS} days.",
            f"Where {_LEAST_TO_LEVEL} fell short and a level learnt before was better, what came levels these chances.",
            f"Measured on customers who still had money; {newest.already:,} more were below 0 already.",
            "No attribute of the person is used. Not where part of the money lies at another bank. Never to refuse.",
        ),
        as_of=str(as_of),
        horizon_days=HORIZON_DAYS,
        learnt_from=(f"balances of {start}, what was booked before, and whose money went below 0 until {as_of}",),
        customers=len(newest.short),
        positives=int(newest.short.sum()),
        measured=tested,
        drift=drifts,
        not_trusted_because=tuple(why),
        used=_name(model.coefficients) if model else "nothing",
        numbers=asdict(model) if model else {},
    )
