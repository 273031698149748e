"""The bank's contacts of the last months, a random tenth held out, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from calendar_days import month_start
from effects import CHANNEL_SHARE, EFFECTS, PRICES, priced, rates
from people import Book, Flags, Ints

CHANNELS = tuple(CHANNEL_SHARE)
MONTHS = 4
"""How many months of contacts are known."""
QUIET_DAYS = 9
"""No contacts in the last days, so that a night after them has room under contact limits."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts as columns, ghosts of the holdout among them."""

    person: Ints
    offer: Ints
    channel: Ints
    minute: Ints
    """Local minute from the first day."""
    thought: np.ndarray[tuple[int], np.dtype[np.float64]]
    """The propensity that the bank had in mind: near the truth, not equal to it."""
    is_held_out: Flags
    price: Ints
    """The place of the price that was told, drawn by lot; -1: the offer has one price."""


def held_out(book: Book, seed: int) -> Flags:
    """The customers who are never contacted, one in ten at random, for as long as the data lasts."""
    return np.random.default_rng([seed, 40]).random(book.size) < 0.10


def contacts(
    book: Book, allowed: np.ndarray[tuple[int, int], np.dtype[np.bool_]], month: int, *, is_last: bool, seed: int
) -> Contacts:
    """A month's contacts: some of those who allow a channel, with an offer likely to suit them or a random one."""
    rng = np.random.default_rng([seed, 41, month])
    chosen = np.flatnonzero(allowed.any(axis=1) & (rng.random(book.size) < (0.2 if is_last else 0.38)))
    truth = rates("base") + np.maximum(rates("lift"), 0)
    guess = truth[:, book.archetype[chosen]].T * np.exp(rng.normal(0, 0.35, (len(chosen), len(EFFECTS))))
    wish = np.log(guess + 0.012) * 1.5 + rng.gumbel(size=guess.shape)
    offer = wish.argmax(axis=1)
    liked = np.where(allowed[chosen], rng.random((len(chosen), len(CHANNELS))) * np.array([2.0, 1.3, 1.0, 0.8]), -1)
    first, last = month_start(month), month_start(month + 1) - (QUIET_DAYS if is_last else 0)
    return Contacts(
        person=chosen,
        offer=offer,
        channel=liked.argmax(axis=1),
        minute=rng.integers(first, last, len(chosen)) * 1_440 + rng.integers(9 * 60, 19 * 60, len(chosen)),
        thought=np.round(guess[np.arange(len(chosen)), offer], 4),
        is_held_out=held_out(book, seed)[chosen],
        price=_prices(offer, np.random.default_rng([seed, 43, month])),
    )


def _prices(offer: Ints, rng: np.random.Generator) -> Ints:
    names = [effect.offer for effect in EFFECTS]
    made = np.full(len(offer), -1, dtype=np.int64)
    for prices in PRICES:
        here = np.flatnonzero(offer == names.index(prices.offer))
        made[here] = rng.integers(0, len(prices.points), len(here))
    return made


def outcomes(book: Book, made: Contacts, *, seed: int, month: int) -> pl.DataFrame:
    """A row for each contact and for each step that followed it, in no order yet.

    Makes: ``person``, ``offer``, ``channel`` (positions), ``event`` (word), ``minute``, ``thought``, ``held_out``,
    ``price`` (position; -1: one price).
    """
    rng = np.random.default_rng([seed, 42, month])
    size = len(made.person)
    told = ~made.is_held_out
    kind = book.archetype[made.person]
    channel_share = np.array(list(CHANNEL_SHARE.values()))[made.channel]
    arrives = told & (rng.random(size) > 0.015)
    chance = rates("base")[made.offer, kind] + arrives * rates("lift")[made.offer, kind] * channel_share
    takes = rng.random(size) < np.where(told, priced(chance, made.offer, made.price, kind), chance)
    opens = arrives & (takes | (rng.random(size) < np.array([0.38, 0.3, 0.6, 0.5])[made.channel]))
    clicks = opens & (takes | (rng.random(size) < 0.2))
    steps = (
        ("ghost", ~told, 0),
        ("sent", told, 0),
        ("delivered", arrives, 1),
        ("bounced", told & ~arrives, 1),
        ("opened", opens, 200),
        ("clicked", clicks, 206),
        ("accepted", takes, 2_900),
        ("declined", clicks & ~takes & (rng.random(size) < 0.3), 2_000),
        ("unsubscribed", opens & ~takes & (rng.random(size) < 0.008), 230),
        ("complained", opens & ~takes & (rng.random(size) < 0.002), 300),
    )
    parts = [_step(made, event, np.flatnonzero(happens), after, rng) for event, happens, after in steps]
    return pl.concat(parts)


def _step(made: Contacts, event: str, at: Ints, after: int, rng: np.random.Generator) -> pl.DataFrame:
    later = np.zeros(len(at), dtype=np.int64) if after < 2 else rng.integers(1, 4, len(at)) * after
    return pl.DataFrame(
        {
            "person": made.person[at],
            "offer": made.offer[at],
            "channel": made.channel[at],
            "event": np.full(len(at), event),
            "minute": made.minute[at] + after + later,
            "thought": made.thought[at],
            "held_out": made.is_held_out[at],
            "price": made.price[at],
        },
        schema_overrides={"event": pl.String},
    )
