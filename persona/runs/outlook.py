"""What is likely of one person: each prediction with how far its model is to be trusted, and why it is what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from persona import scores
from persona.money import written
from persona.runs.explain import APART
from persona.runs.foreseeing import cards_of, chosen_of
from persona.runs.habits import CHOSEN
from persona.runs.lines import bought, lines_of, within
from persona.runs.plan import Night
from persona.runs.profiling import objectors, of_others
from persona.runs.rehearsing import balances_of
from persona.tables.profile import as_name
from persona.tables.words import groups

__all__ = ["Outlook", "outlook"]

BESIDE = 2_000
"""Customers whose mean reasons are told against: those of the first buckets, nobody who objects to profiling."""
REASONS = 2
_ANYTHING_DAYS = 30
_LEAST_TOLD = 0.01
"""Chance from which on it is told that money runs out."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A prediction, and how far the model behind it is to be trusted."""

    what: str
    value: float
    kind: str
    """probability, money or flag"""
    says: str
    confidence: str
    because: tuple[str, ...] = ()
    """What the model reads of this customer and what it makes of it, in words."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the models read: the cards by model, his purchase days and those of others, by group of categories."""

    night: Night
    customer_no: int
    cards: Mapping[str, Mapping[str, Any]]
    seen: Mapping[str, scores.Occasions]
    facts: Mapping[str, Any]

    @property
    def currency(self) -> str:
        return self.night.policy.workspace.currency

    def sure(self, model: str) -> str:
        """What the model's card says of it."""
        card = self.cards.get(model, {})
        why = card.get("not_trusted_because") or ()
        if why:
            return f"not to be trusted: {'; '.join(why)}"
        skill = card.get("skill")
        return "not measured" if skill is None else f"{100 * skill:.0f} % better than a naive forecast"

    def because(
        self,
        group: str,
        renewal: scores.Renewal,
        coefficients: Sequence[float],
        *,
        horizon_days: int,
    ) -> tuple[str, ...]:
        """The strongest reasons of a chance to buy, what speaks for it first."""
        found = scores.habit_drivers(
            self.seen[group],
            renewal,
            coefficients,
            customer_no=self.customer_no,
            horizon_days=horizon_days,
            currency=self.currency,
        )
        most = sorted(found[:REASONS], key=lambda one: one.log_odds < 0)
        says = (f"{_direction(one.log_odds)}{one.says}" for one in most)
        return tuple(dict.fromkeys(says))


def _direction(log_odds: float) -> str:
    """How a reason counts, in the words of ``persona explain``; a model's one fact counts both ways."""
    return "" if not log_odds else "for it: " if log_odds > 0 else "against it: "


def outlook(night: Night, bucket: int, customer_no: int, facts: Mapping[str, Any]) -> Iterator[Outlook]:
    """What is likely of a customer who does not object to profiling; what no model could tell is left out."""
    cards = {str(card["model"]): card for card in cards_of(night)}
    here = _Read(night, customer_no, cards, _beside(night, bucket, customer_no), facts)
    yield from _stays(here)
    yield from _spends(here)
    for group in groups(night.policy.vocabulary.categories):
        yield from _buys(here, group)
    yield from _short(here, bucket)


def _beside(night: Night, bucket: int, customer_no: int) -> dict[str, scores.Occasions]:
    """His purchase days, and those of as many others as a mean needs."""
    known = night.store.crosswalk().select("customer_no", "bucket").sort("bucket", "customer_no")
    first = known.head(BESIDE)
    objected = objectors(night, first["bucket"].unique().sort().to_list())
    his = pl.DataFrame({"customer_no": [customer_no], "bucket": [bucket]}, schema=known.schema)
    those = pl.concat([of_others(first, objected), his]).unique().sort("customer_no")
    return chosen_of(night, bought(night, of=those), those["customer_no"])


def _stays(here: _Read) -> Iterator[Outlook]:
    chance, model = here.facts["buys_30d"], scores.Attrition.of(here.cards["attrition"]["numbers"])
    if chance is None or model is None:
        return
    sure = here.sure("attrition")
    why = here.because(CHOSEN, model.renewal, model.coefficients, horizon_days=model.horizon_days)
    yield Outlook("buys in 30 days", chance, "probability", "anything but bills", sure, why)
    if here.facts["is_at_risk"] is not None:
        ago = scores.EARLIER_DAYS
        of_all = scores.habits_of(here.seen[CHOSEN].earlier(ago))
        his = of_all.only(of_all.customers == here.customer_no)
        then = float(scores.chance_to_buy(his, model)[0])
        told = f"{100 * chance:.1f} % to buy in 30 days, {100 * then:.1f} % {ago} days ago"
        says = f"below half of his own probability of {ago} days ago"
        yield Outlook("is drifting away", float(here.facts["is_at_risk"]), "flag", says, sure, (told,))


def _spends(here: _Read) -> Iterator[Outlook]:
    spent = here.facts["spend_next_365d_minor"]
    if spent is not None:
        why = scores.yearly(here.seen[CHOSEN], here.customer_no, currency=here.currency)
        last = scores.beat(here.seen[CHOSEN], here.customer_no)
        reasons = tuple(dict.fromkeys((why, last)))
        yield Outlook("spends in the next year", float(spent), "money", "without bills", here.sure("value"), reasons)


def _buys(here: _Read, group: str) -> Iterator[Outlook]:
    name, card = f"next_{as_name(group)}", f"next purchase: {group}"
    chance, begin, end = (here.facts[f"{name}_{part}"] for part in ("p", "from_days", "until_days"))
    model = scores.NextPurchase.of(here.cards[card]["numbers"])
    if chance is None or model is None:
        return
    horizon = end or scores.HORIZONS[-1]
    weights = model.coefficients[scores.HORIZONS.index(horizon)]
    why = here.because(group, model.renewal, weights, horizon_days=horizon)
    when = f"in {begin} to {end} days" if begin is not None else f"in {horizon} days"
    anything = here.facts["buys_30d"]
    if anything is not None and horizon <= _ANYTHING_DAYS and chance > anything + APART:
        why = (*why, f"reads {group} alone, and not how long he has bought nothing at all")
    yield Outlook(f"buys {group}", chance, "probability", when, here.sure(card), why)


def _short(here: _Read, bucket: int) -> Iterator[Outlook]:
    chance = here.facts["shortfall_60d_p"]
    if chance is not None and chance >= _LEAST_TOLD:
        says = "own money runs out in 60 days"
        why = tuple(_rehearsed(here, bucket))
        yield Outlook("will be short of money", chance, "probability", says, here.sure("cash need"), why)
        if here.facts["shortfall_60d_minor"] is not None:
            gap = float(here.facts["shortfall_60d_minor"])
            says = "at its lowest, where his last half year repeats itself"
            yield Outlook("falls short by", gap, "money", says, here.sure("cash need"))


def _rehearsed(here: _Read, bucket: int) -> Iterator[str]:
    """In how many rehearsals his money ran out, by how much, and after which payment where it is always the same."""
    night, mine = here.night, pl.col("customer_no") == here.customer_no
    lines = within(night, lines_of(night), [bucket], days=scores.CASH_DAYS).filter(mine)
    rows = lines.collect(engine="in-memory")
    of_account = rows.filter("is_on_account").select("customer_no", "booked_on", "amount_minor")
    balance = int(balances_of(night, [bucket], of_account).filter(mine)["balance_minor"].sum())
    made = scores.rehearsals(rows, balance_minor=balance, as_of=night.as_of.day)
    below = made.filter(pl.col("low_minor") < 0)
    if below.is_empty():
        low = written(int(made["low_minor"].to_numpy().min()), here.currency)
        yield f"{made.height} rehearsals of his last half year: none falls below 0, the lowest leaves {low}"
        return
    gap = written(-round(float(below["low_minor"].to_numpy().mean())), here.currency)
    after = _after(rows, below, here.currency)
    yield (
        f"{made.height} rehearsals of his last half year: the money falls below 0 in {below.height} of them, by {gap} "
        f"on average{after}"
    )


def _after(rows: pl.DataFrame, below: pl.DataFrame, currency: str) -> str:
    """The greatest payment of each day on which the lowest point was reached, where it is one and the same."""
    days = below.select(booked_on="lowest_on").drop_nulls()
    paid = rows.filter(pl.col("is_on_account") & (pl.col("amount_minor") < 0)).join(days, on="booked_on", how="semi")
    named = paid.with_columns(what=pl.coalesce("merchant", "category", "kind"))
    most = named.sort("booked_on", "amount_minor", "what").group_by("booked_on", maintain_order=True).first()
    payees = most["what"].unique().drop_nulls()
    if len(payees) != 1 or most["booked_on"].n_unique() != days["booked_on"].n_unique() or days.height != below.height:
        return ""
    return f", lowest after {payees[0]} ({written(-int(most['amount_minor'].to_numpy().min()), currency)})"
