from datetime import date

import polars as pl
import pytest

from persona.signals.income import own_transfers
from persona.signals.stopped import income_stopped, stopped
from persona.signals.streams import streams

AS_OF = date(2026, 7, 1)


def monthly(amount, party, *, first, last, **more):
    """A booking of customer 1 every 30 days, ``first`` to ``last`` days ago; a payment where the amount is above 0."""
    texts = {"counterparty": party, "kind": "standing_order", "spent_minor": max(amount, 0)} | more
    return [(1, age, amount, texts) for age in range(first, last - 1, -30)]


def salary(*, last, amount=-200_000, first=None, party="works", **more):
    return monthly(amount, party, first=first or last + 300, last=last, **{"kind": "salary"} | more)


RENT = monthly(80_000, "landlord", first=391, last=1, category="rent")


@pytest.fixture
def gone(bookings):
    def found(*parts):
        rows = bookings(*(row for part in parts for row in part))
        return stopped(streams(rows, as_of=AS_OF), rows, as_of=AS_OF)

    return found


def test_a_salary_that_came_no_more_while_the_account_goes_on_has_stopped_and_since_when(gone):
    told = gone(salary(last=95), RENT)
    assert told.select("counterparty", "last_on").rows() == [("works", date(2026, 3, 28))]
    assert income_stopped(told, as_of=AS_OF).rows() == [(1, (AS_OF - date(2026, 4, 28)).days)]


@pytest.mark.parametrize(
    "parts",
    [
        [salary(last=44), RENT],
        [salary(last=95), salary(last=5, first=65, amount=-100_000), RENT],
        [salary(last=95), salary(last=5, first=65, party="other works"), RENT],
        [salary(last=95), salary(last=5, first=65, party="pensions", kind="pension"), RENT],
        [salary(last=95)],
        [salary(last=245), RENT],
    ],
    ids=["a few days late", "less pay", "another employer", "a pension", "an account at rest", "more than half a year"],
)
def test_what_is_late_or_goes_on_otherwise_or_on_no_account_at_all_has_not_stopped(gone, parts):
    assert gone(*parts).height == 0


def test_of_two_salaries_the_one_that_stopped_is_told_and_a_benefit_replaces_none(gone):
    second = salary(last=5, first=365, party="second works")
    benefit = salary(last=5, first=65, party="office", kind="benefit", amount=-110_000)
    assert gone(salary(last=95), second, benefit, RENT)["counterparty"].to_list() == ["works"]


def test_a_payment_out_has_stopped_unless_another_is_paid_for_the_same_and_shopping_is_no_agreement(gone):
    power = monthly(9_000, "old power", first=395, last=95, category="utilities")
    other = monthly(9_500, "new power", first=65, last=5, category="utilities")
    shop = monthly(9_000, "shop", first=395, last=95, kind="purchase")
    assert gone(power, shop, RENT)["counterparty"].to_list() == ["old power"]
    assert gone(power, other, RENT).height == 0
    assert income_stopped(gone(power, RENT), as_of=AS_OF).height == 0


def test_what_goes_out_and_comes_in_alike_is_a_transfer_of_his_own_and_rents_and_salaries_are_none(bookings):
    moved = {"kind": "standing_order", "amount_minor": -45_000}
    out = [(1, age, 0, moved | {"counterparty": "savings"}) for age in range(395, 0, -30)]
    back = [(1, age - 1, 0, moved | {"counterparty": "current", "amount_minor": 45_000}) for age in range(395, 2, -30)]
    lodger = monthly(-80_000, "lodger", first=391, last=1)
    rows = streams(bookings(*out, *back, *lodger, *RENT, *salary(last=1)), as_of=AS_OF)
    assert sorted(own_transfers(rows)["counterparty"]) == ["current", "savings"]
    assert own_transfers(rows.filter(pl.col("counterparty") != "current")).height == 0
