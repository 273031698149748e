import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import ExtractError, PolicyError
from persona.sources import Result
from persona.sources.expect import running_balance

RULES = {
    "into": "transactions",
    "columns": {
        "account_id": {"from": "acc"},
        "booked_at": {"from": "at"},
        "amount_minor": {"from": "amount"},
        "balance_minor": {"from": "balance"},
    },
}
CONTENT = b"acc,at,amount,balance\nA,2026-03-01,5,5\nA,2026-03-02,90,95\nA,2026-03-03,1,\n"


def with_test(check, severity, **more):
    return {**RULES, "expect": [{"id": "sane", "check": check, "severity": severity, **more}]}


def test_a_test_that_warns_says_how_many_rows_fail_and_what_is_unknown_does_not(taken):
    done = taken(CONTENT, **with_test("balance_minor < 50", "warn"))
    assert done.expectations == (Result("sane", 1, "warn"),)
    assert done.warnings == ("test sane fails in 1 of 3 rows",)


def test_a_test_that_rejects_keeps_its_rows_out_with_their_lines(taken):
    done = taken(CONTENT, max_rejected_rows=1, **with_test("abs(amount_minor) < 50", "reject"))
    assert done.rows["amount_minor"].to_list() == [5, 1]
    assert done.rejects.rows() == [(3, 39, None, "fails the test sane")]


def test_a_test_that_stops_refuses_the_file(taken):
    with pytest.raises(ExtractError, match="fails sane in 1 of 3 rows"):
        taken(CONTENT, **with_test("abs(amount_minor) < 50", "stop"))


def test_a_test_over_a_column_that_the_table_does_not_have_is_an_error_of_the_policy(taken):
    with pytest.raises(PolicyError, match="unknown column 'amuont_minor'"):
        taken(CONTENT, **with_test("amuont_minor > 0", "warn"))


def test_a_running_balance_needs_to_know_of_what_and_in_which_order(taken):
    with pytest.raises(PolicyError, match="running_balance needs by and order"):
        taken(CONTENT, **with_test("running_balance", "warn"))


def test_the_running_balance_of_an_account_is_tested_by_its_order(taken):
    rules = with_test("running_balance", "warn", by="account_id", order=["booked_at"])
    assert taken(CONTENT, **rules).expectations == (Result("sane", 0, "warn"),)
    done = taken(CONTENT.replace(b"90,95", b"91,95"), **rules)
    assert done.expectations == (Result("sane", 1, "warn"),)


ACCOUNT = st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9)), min_size=1, max_size=12)


@given(ACCOUNT, st.randoms(use_true_random=False))
def test_a_balance_that_runs_on_is_never_doubted_whatever_the_order_of_rows_within_a_day(moves, chance):
    moves = sorted(moves, key=lambda move: move[0])
    balances = [sum(amount for _, amount in moves[: number + 1]) for number in range(len(moves))]
    rows = [("A", day, amount, balance) for (day, amount), balance in zip(moves, balances, strict=True)]
    chance.shuffle(rows)
    frame = pl.DataFrame(rows, schema=["a", "day", "amount_minor", "balance_minor"], orient="row")
    assert not running_balance(frame, "a", ["day"]).any()


@given(ACCOUNT, st.integers(1, 9))
def test_an_amount_that_is_off_is_found_at_its_day_or_the_next(moves, off):
    days = list(range(len(moves)))
    amounts = [amount for _, amount in moves]
    balances = [sum(amounts[: number + 1]) for number in days]
    changed = [*amounts[:-1], amounts[-1] + off]
    frame = pl.DataFrame({"a": ["A"] * len(days), "day": days, "amount_minor": changed, "balance_minor": balances})
    assert running_balance(frame, "a", ["day"]).to_list() == [False] * (len(days) - 1) + [len(days) > 1]
