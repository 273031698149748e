"""What a person's money says, as the portrait tells it."""

from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from persona.runs.portrait import _changes, _stopped, _streams

DAY = date(2026, 7, 1)
STREAM = {
    "series": 1, "split": "whole", "is_income": True, "merchant": "Works", "counterparty": "tok", "category": None,
    "kind": "salary", "is_spending": False, "period_days": 30, "amount_minor": 277_000, "is_running": True,
    "last_on": DAY - timedelta(days=3), "next_on": DAY + timedelta(days=27), "risen_minor": None, "customer_no": 1,
}  # fmt: skip
SCHEMA = {"risen_minor": pl.Int64, "category": pl.String}
NIGHT = SimpleNamespace(
    as_of=SimpleNamespace(day=DAY), policy=SimpleNamespace(workspace=SimpleNamespace(currency="EUR", products=()))
)


def of(*streams):
    rows = [STREAM | {"series": number} | one for number, one in enumerate(streams)]
    return pl.DataFrame(rows, schema_overrides=SCHEMA)


ORDER = {"kind": "standing_order", "amount_minor": 45_000}


def test_income_is_told_from_transfers_of_his_own_and_from_other_money_that_comes_in():
    told = _streams(
        of(
            {},
            {"kind": "benefit", "merchant": "Office", "amount_minor": 25_500},
            ORDER | {"merchant": "Own current"},
            ORDER | {"merchant": "Own savings", "is_income": False},
            ORDER | {"merchant": "Friend", "amount_minor": 5_000},
            {"kind": "direct_debit", "merchant": "Power", "is_income": False, "is_spending": True},
            {"merchant": "Old works", "is_running": False},
        )
    )
    assert [(one.what, one.role) for one in told] == [
        ("Works", "salary"),
        ("Own current", "own transfer"),
        ("Office", "benefit"),
        ("Friend", "other money in"),
        ("Power", "payment"),
        ("Own savings", "own transfer"),
    ]


GONE = {"is_running": False, "last_on": date(2026, 2, 27), "next_on": date(2026, 3, 27)}


def test_what_has_stopped_is_told_with_its_amount_and_day_and_of_payments_the_three_largest():
    paid = [
        GONE | {"is_income": False, "kind": "direct_debit", "merchant": f"P{amount}", "amount_minor": amount * 100}
        for amount in (10, 40, 20, 30)
    ]
    told = list(_stopped(NIGHT, of(*paid, GONE)))
    assert [one.what for one in told] == [
        "the salary of 2,770.00 EUR a month from Works has stopped: last on 2026-02-27",
        "the payment of 40.00 EUR a month to P40 has stopped: last on 2026-02-27",
        "the payment of 30.00 EUR a month to P30 has stopped: last on 2026-02-27",
        "the payment of 20.00 EUR a month to P20 has stopped: last on 2026-02-27",
    ]
    assert {one.days for one in told} == {96}


@pytest.mark.parametrize(("has_pay", "says"), [(True, ["earns more"]), (False, [])])
def test_nobody_whose_salary_has_stopped_is_said_to_earn_more(has_pay, says):
    assert [one.what for one in _changes(NIGHT.policy, {"pay_rise_days": 90}, has_pay=has_pay)] == says
