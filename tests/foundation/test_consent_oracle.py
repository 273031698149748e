"""The consent log against a reading of it in plain Python, row by row, that shares no line with the package."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from persona.clock import AsOf
from persona.foundation.consent import consent_now
from persona.tables import CANONICAL, KNOWN

AS_OF = AsOf.parsed("2026-07-01", "Europe/Berlin")
END = datetime(2026, 6, 30, 22)  # noqa: DTZ001 - tables hold UTC without a zone; midnight in Berlin is 22:00 in UTC
CHANNELS = ("email", "push", "sms")
COLUMNS = {"customer_no": pl.Int64} | {c.name: c.dtype for c in (*CANONICAL["consents"].columns, *KNOWN[2:])}


def answers(rows, purpose):
    """What each customer has agreed to; read as a clerk would read a card index."""
    cards = {}
    for customer, said_for, channel, status, at, ends, *_ in rows:
        if customer is None or said_for != purpose or at is None or at >= END:
            continue
        card = cards.setdefault(customer, dict.fromkeys(CHANNELS, (None, False)))
        is_yes = status == "granted" and (ends is None or ends > END)
        for name in CHANNELS:
            if channel not in (name, "*"):
                continue
            newest, answer = card[name]
            if newest is None or at > newest:
                card[name] = (at, is_yes)
            elif at == newest:
                card[name] = (at, answer and is_yes)
    return [(customer, *(answer for _, answer in card.values())) for customer, card in sorted(cards.items())]


def histories(customers, *, seed):
    """A log of random histories, about five entries a customer, shuffled.

    Grants, withdrawals, objections, words nobody knows and no word at all; for a channel, another one, all, or none;
    for another purpose; of the last two days or the next, so that many fall on one instant and on the very end; with
    an end behind, at, or ahead of it; told on time, late, or before their day; some twice; some of an account of which
    nobody knows whose it is. Neighbours share an account and nothing else.
    """
    chance = np.random.default_rng(seed)
    size = 5 * customers

    def drawn(words, weights):
        return [words[place] for place in chance.choice(len(words), size, p=weights)]

    hours = chance.integers(-48, 3, size)
    ends = chance.choice([-7, 0, 1, 900, 10_000], size, p=[0.1, 0.05, 0.1, 0.05, 0.7])
    hour = pl.duration(hours=pl.col("hours"))
    log = pl.DataFrame(
        {
            "customer_no": chance.integers(1, customers + 1, size),
            "is_nobodys": chance.random(size) < 0.02,
            "purpose": drawn(["marketing", "profiling", None], [0.85, 0.13, 0.02]),
            "channel": drawn([*CHANNELS, "*", "fax", None], [0.3, 0.2, 0.15, 0.25, 0.08, 0.02]),
            "status": drawn(
                ["granted", "withdrawn", "objected", "GRANTED", "pending", None], [0.6, 0.25, 0.1, 0.02, 0.01, 0.02]
            ),
            "hours": hours,
            "ends": ends,
            "known_on": drawn([END.date() + timedelta(days=days) for days in (-3, 0, 30)], [0.6, 0.3, 0.1]),
        }
    )
    made = log.with_columns(
        customer_no=pl.when(~pl.col("is_nobodys")).then("customer_no"),
        customer_id=pl.lit("C"),
        at=pl.lit(END) + hour,
        expires_at=pl.when(pl.col("ends") < 10_000).then(pl.lit(END) + pl.duration(hours=pl.col("ends"))),
        source=pl.lit("web form"),
        text_version=pl.lit("3"),
        delivery_no=pl.lit(1, dtype=pl.Int64),
    )
    twice = made.head(size // 20)
    return pl.concat([made, twice]).sample(fraction=1, shuffle=True, seed=seed).select(*COLUMNS).cast(COLUMNS)


def agree(customers, seed):
    log = histories(customers, seed=seed)
    rows = log.select("customer_no", "purpose", "channel", "status", "at", "expires_at").rows()
    for purpose in ("marketing", "profiling"):
        known = consent_now(log, as_of=AS_OF, purpose=purpose, channels=CHANNELS)
        assert known.columns == ["customer_no", *(f"consent_{channel}" for channel in CHANNELS)]
        assert known.rows() == answers(rows, purpose)
    return known


@pytest.mark.parametrize("seed", range(3))
def test_five_thousand_random_histories_read_as_a_clerk_reads_them(seed):
    agree(5_000, seed)


@pytest.mark.slow
def test_a_hundred_thousand_random_histories_read_as_a_clerk_reads_them():
    agree(100_000, 7)


def test_the_random_histories_hold_every_kind_of_trouble():
    log = histories(5_000, seed=0)
    of_one_instant = log.filter(pl.struct("customer_no", "at").is_duplicated())
    assert log.filter(log.is_duplicated()).height > 2_000
    assert of_one_instant.filter(pl.col("status").n_unique().over("customer_no", "at") > 1).height > 1_000
    assert log.filter(pl.col("at") == END).height > 100
    assert log.filter(pl.col("at") > END).height > 100
    assert log.filter((pl.col("at") < END) & (pl.col("known_on") > END.date())).height > 1_000
    assert log.filter((pl.col("status") == "granted") & (pl.col("expires_at") == END)).height > 100
    shares = [
        float(known.mean()) for known in consent_now(log, as_of=AS_OF, purpose="marketing", channels=CHANNELS)[:, 1:]
    ]
    assert all(0.15 < share < 0.6 for share in shares)
