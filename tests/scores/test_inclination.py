"""Leaning to a channel moves a propensity by what it was seen to add, and not where that is not seen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.scores import answers_of, fit_inclination, inclinations

DAY = date(2026, 7, 1)
WHO = pl.DataFrame({"customer_no": [1, 2, 3]})
USUAL = {"email": (50, 100), "push": (50, 100)}


def _row(outcome, at, channel="email", customer=1):
    return {
        "customer_no": customer, "offer_id": "gold", "channel": channel, "outcome": outcome, "arm": None,
        "at": datetime.fromisoformat(at),
    }  # fmt: skip


def _told(*rows):
    frame = pl.DataFrame(rows, schema_overrides={"arm": pl.String, "at": pl.Datetime("us")})
    slots = [("evening", "email", range(17, 21))]
    return answers_of(frame, slots, as_of=DAY, zone="Europe/Berlin")


def _contacts(seed, *, is_planted):
    """Half the customers read e-mail, half push; 400 of them are told twice on both in each of 20 weeks."""
    chance, rows = np.random.default_rng(seed), []
    for customer in range(400):
        for week in range(20):
            for channel in ("email", "push"):
                likes = (customer % 2 == 0) == (channel == "email")
                read = chance.random() < (0.8 if likes else 0.2)
                accepts = chance.random() < (0.2 if likes and is_planted else 0.05)
                rows.append((customer, "gold", channel, DAY - timedelta(days=15 + 7 * week), None, read, accepts))
    names = ("customer_no", "offer_id", "channel", "on", "slot", "is_read", "is_accepted")
    return pl.DataFrame(rows, schema=dict(zip(names, (pl.Int64, pl.String, pl.String, pl.Date, pl.String, pl.Boolean,
                                                      pl.Boolean), strict=True)), orient="row")  # fmt: skip


def test_an_answer_belongs_to_the_contact_before_it_and_its_part_of_the_day_is_local():
    told = _told(_row("sent", "2026-06-01T15:30"), _row("opened", "2026-06-03T09:00"), _row("sent", "2026-06-10T08:00"))
    assert told.select("on", "slot", "is_read", "is_accepted").rows() == [
        (date(2026, 6, 1), "evening", True, False),
        (date(2026, 6, 10), None, False, False),
    ]


def test_answers_to_younger_contacts_may_still_come():
    assert _told(_row("sent", "2026-06-20T10:00")).is_empty()


def test_who_reads_on_one_channel_alone_leans_to_it_by_odds_around_his_own():
    rows = [_row("sent", f"2026-05-{n:02d}T08:00", by) for n in range(1, 9) for by in ("email", "push")]
    read = [_row("opened", f"2026-05-{n:02d}T09:00") for n in range(1, 9)]
    model = {"by": "channel", "slope": 1.0, "usual": USUAL}
    made = inclinations(WHO, _told(*rows, *read), [model], {"channel": ["email", "push", "sms"]})
    # 8 of 8 and 8 as usual (4): 12 of 16 are odds of 3; 0 and 4 of 16 are a third.
    assert made.row(0) == (1, 3.0, pytest.approx(1 / 3, abs=1e-6), 1.0)
    assert made.rows()[1:] == [(2, 1.0, 1.0, 1.0), (3, 1.0, 1.0, 1.0)]


def test_what_a_lean_adds_is_learnt_where_it_adds():
    card = fit_inclination(_contacts(7, is_planted=True), "channel", as_of=DAY)
    assert card.not_trusted_because == ()
    assert 0.3 < card.numbers["slope"] <= 1


def test_reading_more_where_it_sells_nothing_moves_nothing():
    card = fit_inclination(_contacts(7, is_planted=False), "channel", as_of=DAY)
    assert card.not_trusted_because == ("leaning to it did not foretell acceptance better than chance would",)
    assert card.numbers["slope"] == 0


def test_with_too_few_acceptances_nothing_moves_and_the_card_says_so():
    card = fit_inclination(_told(_row("sent", "2026-06-01T10:00")), "channel", as_of=DAY)
    why = "too few acceptances in its two windows of 45 days: 0 and 0, at least 50 each"
    assert (card.not_trusted_because, card.numbers["slope"]) == ((why,), 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_the_order_of_rows_nor_the_batch_moves_a_lean(seed):
    told = _contacts(seed, is_planted=True)
    model = {"by": "channel", "slope": 0.5, "usual": USUAL}
    who = pl.DataFrame({"customer_no": list(range(400))})
    whole = inclinations(who, told.sample(fraction=1, shuffle=True, seed=seed), [model], {"channel": ["email"]})
    half = told.filter(pl.col("customer_no") < 200)
    assert_frame_equal(inclinations(who[:200], half, [model], {"channel": ["email"]}), whole[:200])
    assert fit_inclination(told.reverse(), "channel", as_of=DAY) == fit_inclination(told, "channel", as_of=DAY)
