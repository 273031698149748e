import os
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.scores.attrition import EARLIER_DAYS, attrition, chance_to_buy, fit_attrition
from persona.scores.habits import habits_of
from persona.scores.occasions import occasions

AS_OF = date(2026, 7, 1)
DATA = os.environ.get("PERSONA_REAL_DATA")


def book(customers=1_500, *, days=400, leavers=0.5, seed=7):
    """Purchases of customers with rates of their own, of whom some stop on a day."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.5, 0.06, customers)
    until = np.where(rng.random(customers) < leavers, rng.integers(0, days, customers), 0)
    who, ages = [], []
    for number in range(customers):
        age = rng.integers(1, days + 1, rng.poisson(rate[number] * days))
        kept = age[age > until[number]]
        who += [number + 1] * len(kept)
        ages += kept.tolist()
    days_on = [AS_OF - timedelta(days=age) for age in ages]
    spent = rng.integers(100, 5_000, len(who))
    return pl.DataFrame({"customer_no": who, "booked_on": days_on, "spent_minor": spent})


def told_of(seen, model):
    return attrition(habits_of(seen), habits_of(seen.earlier(EARLIER_DAYS)), model)


@pytest.fixture(scope="module")
def bought():
    return book()


@pytest.fixture(scope="module")
def fitted(bought):
    return fit_attrition(occasions(range(1, 1_501), bought, as_of=AS_OF), as_of=AS_OF)


def test_who_falls_silent_is_foreseen_better_than_by_the_month_before(fitted):
    model, card = fitted
    assert card.not_trusted_because == ()
    assert card.used == "BG/NBD stacked with decayed counts"
    assert card.measured.skill > 0.05
    assert card.measured.foretold_over_happened == pytest.approx(1, abs=0.1)
    assert len(model.coefficients) == 17


def test_a_batch_of_customers_has_the_same_numbers_as_the_whole_book(bought, fitted):
    model, _ = fitted
    whole = told_of(occasions(range(1, 1_501), bought, as_of=AS_OF), model)
    part = told_of(occasions(range(400, 700), bought, as_of=AS_OF), model)
    assert_frame_equal(part, whole.filter(pl.col("customer_no").is_between(400, 699)))


def test_order_of_rows_and_a_shift_of_all_days_change_nothing(bought, fitted):
    later = bought.reverse().with_columns(pl.col("booked_on") + timedelta(days=77))
    as_of = AS_OF + timedelta(days=77)
    model, _ = fit_attrition(occasions(range(1, 1_501), later, as_of=as_of), as_of=as_of)
    assert model == fitted[0]


def test_at_risk_is_who_stands_below_half_of_his_own_chance_of_ninety_days_ago(fitted):
    model = replace(fitted[0], coefficients=())
    steady = [(1, age) for age in range(5, 300, 10)]
    silent = [(2, age) for age in range(85, 300, 10)]
    newcomer = [(3, 100), (3, 95)]
    who, ages = zip(*(steady + silent + newcomer), strict=True)
    rows = {"customer_no": who, "booked_on": [AS_OF - timedelta(days=age) for age in ages], "spent_minor": 100}
    seen = occasions([1, 2, 3, 4], pl.DataFrame(rows), as_of=AS_OF)
    now, before = (chance_to_buy(habits_of(one), model) for one in (seen, seen.earlier(90)))
    assert now[1] < before[1] / 2
    told = told_of(seen, model)
    assert told["is_at_risk"].to_list() == [False, True, False, None]
    assert told["buys_30d"].is_null().to_list() == [False, False, False, True]


def test_too_few_who_stay_away_leave_only_the_level_to_learn_and_the_card_says_so(bought):
    few = bought.filter(pl.col("customer_no") <= 120)
    model, card = fit_attrition(occasions(range(1, 121), few, as_of=AS_OF), as_of=AS_OF)
    assert set(model.coefficients[1:-1]) == {0.0}
    assert card.used == "BG/NBD at the book's level"
    assert card.not_trusted_because[0].endswith("times, 100 are needed")


def test_an_incomplete_month_is_not_learnt_from_and_nothing_is_measured_by_it(bought):
    seen = occasions(range(1, 1_501), bought, as_of=AS_OF)
    model, card = fit_attrition(seen, as_of=AS_OF, incomplete="a 30-day window is half empty")
    assert model is None or model.coefficients == ()
    assert card.not_trusted_because[0] == "a 30-day window is half empty"
    assert (card.measured, card.as_json()["skill"], card.drift) == (None, None, {})


def test_a_book_without_purchases_has_no_model_and_no_numbers():
    none = pl.DataFrame(schema={"customer_no": pl.Int64, "booked_on": pl.Date, "spent_minor": pl.Int64})
    seen = occasions([1, 2], none, as_of=AS_OF)
    model, card = fit_attrition(seen, as_of=AS_OF)
    assert (model, card.not_trusted_because, card.used) == (None, ("nobody has bought on two days",), "nothing")
    schema = {"customer_no": pl.Int64, "buys_30d": pl.Float64, "is_at_risk": pl.Boolean}
    expected = pl.DataFrame({"customer_no": [1, 2], "buys_30d": None, "is_at_risk": None}, schema=schema)
    assert_frame_equal(told_of(seen, model), expected)


def test_shuffled_labels_leave_no_skill(bought):
    rng = np.random.default_rng(1)
    aimless = bought.with_columns(customer_no=pl.Series(rng.integers(1, 1_501, bought.height)))
    _, card = fit_attrition(occasions(range(1, 1_501), aimless, as_of=AS_OF), as_of=AS_OF)
    assert card.measured is None or card.measured.ranks == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="PERSONA_REAL_DATA names no folder with real data")
def test_nobody_is_at_risk_in_berka_where_nobody_leaves():
    text = (Path(DATA or "") / "berka" / "trans.asc").read_bytes().rpartition(b"\r\n")[0]
    raw = pl.read_csv(text, separator=";", infer_schema=False).filter(pl.col("type") != "PRIJEM")
    paid = raw.select(
        customer_no=pl.col("account_id").cast(pl.Int64),
        booked_on=pl.col("date").str.to_date("%y%m%d"),
        spent_minor=(pl.col("amount").cast(pl.Float64) * 100).round().cast(pl.Int64),
    )
    as_of = date(1994, 4, 1)
    seen = occasions(paid["customer_no"].unique().to_list(), paid, as_of=as_of)
    model, _ = fit_attrition(seen, as_of=as_of)
    assert told_of(seen, model)["is_at_risk"].sum() == 0


def test_terms_that_have_moved_far_give_way_to_the_renewals_alone_and_the_card_names_them(bought):
    recent = pl.col("booked_on") >= AS_OF - timedelta(days=30)
    dearer = bought.with_columns(spent_minor=pl.when(recent).then(pl.col("spent_minor") * 50).otherwise("spent_minor"))
    model, card = fit_attrition(occasions(range(1, 1_501), dearer, as_of=AS_OF), as_of=AS_OF)
    assert (model.coefficients, card.used) == ((), "BG/NBD alone")
    assert "has moved far since it was learnt from" in card.not_trusted_because[0]
    assert card.drift["usual amount"].is_severe


def test_the_card_says_whom_the_alarm_warned_of_and_who_stayed_away():
    bought = book()
    seen = occasions(range(1, 1_501), bought, as_of=AS_OF)
    model, card = fit_attrition(seen, as_of=AS_OF)
    said = next(line for line in card.says if line.startswith("30 days ago it would have told "))
    told, known, right, others = (int(one.replace(",", "")) for one in re.findall(r"[\d,]*\d", said)[1:])
    then, before = (habits_of(seen.earlier(days)) for days in (30, 30 + EARLIER_DAYS))
    alarmed = attrition(then, before, model)["is_at_risk"].fill_null(value=False).to_numpy()
    away = ~np.isin(np.arange(1_500), seen.who[seen.age_days <= 30])
    assert (told, known, right) == (alarmed.sum(), (then.count > 0).sum(), (alarmed & away).sum())
    assert right + others == (away & (then.count > 0)).sum()
    assert right > 0
