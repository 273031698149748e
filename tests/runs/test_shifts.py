from datetime import date

import pytest
from fakes.smallest import written

from persona.policy.policy import Policy
from persona.runs.load import load
from persona.runs.shifts import shifts
from persona.store import Store

SOURCE = """\
source: bookings
files: "bookings_{date:%Y-%m-%d}.csv"
into: transactions
key: [id]
columns:
  txn_id: {from: id}
  customer_id: {from: who}
  booked_at: {from: at, format: "%Y-%m-%d"}
  amount_minor: {const: "100"}
  kind: {from: paid, map: {card: purchase, cash: cash}}
"""
CUSTOMERS = 60


@pytest.fixture
def channel(tmp_path):
    """The row of the column of kinds, where so many of 60 customers paid by card in each month."""

    def found(*by_card, rules=SOURCE):
        files = {"rules/sources/bookings.yaml": rules}
        for month, count in enumerate(by_card, start=1):
            day = date(2026, month, 28)
            paid = ["card"] * count + ["cash"] * (CUSTOMERS - count)
            rows = "".join(f"{month}-{n},C{n},{day},{word}\n" for n, word in enumerate(paid))
            files[f"bookings_{day}.csv"] = f"id,who,at,{'paid' if month > 2 or rules == SOURCE else 'pd'}\n{rows}"
        policy = Policy.load(written(tmp_path, **files))
        with Store.open(tmp_path, policy.workspace) as store:
            load(policy, store, root=tmp_path, progress=lambda *_: None)
            rows = shifts(store, policy).rows(named=True)
        (row,) = [row for row in rows if row["column"] == "kind"]
        return row

    return found


def test_a_mixture_that_moves_a_little_each_month_has_not_shifted(channel):
    row = channel(10, 20, 30, 40, 50)
    assert (row["level"], row["now"] > 0.1) == ("as before", True)


def test_a_mixture_that_turns_at_once_is_to_be_acted_on(channel):
    row = channel(30, 32, 31, 30, 2)
    assert (row["level"], row["before"] < 0.1, row["now"] > 0.25) == ("act", True, True)


def test_with_one_delivery_before_it_nobody_knows_what_is_usual(channel):
    row = channel(58, 2)
    assert (row["level"], row["before"]) == ("alarm", None)


def test_few_customers_differ_by_chance_however_much_they_book(channel):
    row = channel(30, 31, 30, 29, 42)
    assert (row["level"], 0.1 < row["now"] < row["by_chance"]) == ("as before", True)


def test_a_month_in_which_the_source_changed_its_format_is_not_what_is_usual(channel):
    rules = SOURCE + "versions: [{until: 2026-03-01, rename: {pd: paid}}]\n"
    row = channel(58, 58, 2, 3, 2, 3, 58, rules=rules)
    assert (row["level"], row["before"] < 0.1) == ("act", True)
