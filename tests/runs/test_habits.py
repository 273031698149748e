"""The habits that nights follow from one another: appended, corrected or replayed, they are those made at once."""

from datetime import timedelta

import polars as pl
import pytest
from fakes import bank, nights
from polars.testing import assert_frame_equal

from persona.runs import foreseeing, habits
from persona.runs.run import run

DAY = timedelta(days=1)
NEXT, LAST = bank.NEWEST + DAY, bank.NEWEST + 2 * DAY
LATE = {"ref": "LATE1", "customer": "K003", "at": "2026-03-02T09:00:00", "amount": "12.00", "code": "5411"}


def tables(root):
    """The forecasts and habits of the newest night."""
    with nights.opened(root) as store:
        made = store.run(store.runs()["run_id"][-1]).generations
        return [store.stage(name, made[name]) for name in ("habits", "forecasts")]


def assert_same(root, other):
    assert tables(root)[0]["no bill.count"].sum() > 0
    for mine, theirs in zip(tables(root), tables(other), strict=True):
        assert_frame_equal(mine, theirs, check_exact=True)


def night(root):
    ended = nights.persona(root, "run", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    return root


def read(root, monkeypatch):
    """How many purchases the next night reads for the habits: of whom, and from which day on."""
    found = []
    bought = habits.bought

    def told(*given, of=None, since=None, **more):
        rows = bought(*given, of=of, since=since, **more)
        found.append((None if of is None else of["customer_no"].to_list(), since, rows.height))
        return rows

    monkeypatch.setenv("PERSONA_VAULT_KEY", nights.KEY["PERSONA_VAULT_KEY"])
    monkeypatch.setattr(habits, "bought", told)
    run(root, as_of=None, progress=lambda *_: None)
    return found


@pytest.fixture
def at_once(fresh):
    """A bank that loads all that it is given in one night."""
    return fresh


def number(root, customer_id):
    with nights.opened(root) as store:
        return store.crosswalk().filter(pl.col("customer_id") == customer_id)["customer_no"].item()


def test_a_day_that_only_adds_reads_its_own_purchases_and_those_that_become_ninety_days_old(
    after, at_once, monkeypatch
):
    for root in (after, at_once):
        bank.deliver(root, NEXT, days=1)
    found = read(after, monkeypatch)
    since = [day for _, day, _ in found]
    assert ([who for who, day, _ in found if day is None], since[2] - since[1]) == ([[]], timedelta(days=-90))
    assert sum(rows for *_, rows in found) <= 2 * len(list(bank.purchases(NEXT, 1)))
    assert_same(after, night(at_once))


def test_two_nights_later_the_habits_are_those_of_one_night_for_all(after, at_once):
    for day in (NEXT, LAST):
        bank.deliver(after, day, days=1)
        night(after)
        bank.deliver(at_once, day, days=1)
    assert_same(after, night(at_once))


def test_all_purchases_of_customers_with_late_rows_are_read_and_nobody_elses(after, at_once, monkeypatch):
    for root in (after, at_once):
        bank.deliver(root, NEXT, days=1)
        late = LATE | {"card": "4929000011112003", "merchant": "Corner Shop"}
        bank.cards(root, NEXT, [*bank.purchases(NEXT, 1), late])
    found = read(after, monkeypatch)
    assert [who for who, day, _ in found if day is None] == [[number(after, "K003")]]
    assert_same(after, night(at_once))


def test_other_categories_that_are_no_bill_fold_everybody_anew(after, at_once, monkeypatch):
    for root in (after, at_once):
        bank.deliver(root, NEXT, days=1)
    monkeypatch.setattr(foreseeing, "_chosen_as_before", lambda _: False)
    assert [(who, day) for who, day, _ in read(after, monkeypatch)] == [(None, None)]
    assert_same(after, night(at_once))


def test_a_state_that_was_made_without_the_night_before_lets_nobody_be_followed(after, at_once, monkeypatch):
    for root in (after, at_once):
        bank.deliver(root, NEXT, days=1)
    with nights.opened(after) as store:
        store.catalog.run("DELETE FROM stages WHERE table_name = 'streams'")
    assert [(who, day) for who, day, _ in read(after, monkeypatch)] == [(None, None)]
    assert_same(after, night(at_once))


def test_who_is_erased_leaves_the_habits_and_the_next_night_runs(after):
    his = number(after, "K003")
    assert his in tables(after)[0]["customer_no"]
    assert nights.persona(after, "customer", "erase", "K003", "--yes", "--quiet").code == 0
    assert his not in tables(after)[0]["customer_no"]
    bank.deliver(after, NEXT, days=1)
    night(after)
