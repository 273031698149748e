"""A bad delivery taken out: the next night is the night of a bank that never had it."""

from datetime import timedelta

import polars as pl
import pytest
from fakes import bank, nights

BAD = bank.NEWEST + timedelta(days=1)
FILES = ("customers_{}.csv", "cards_{}.csv.gz", "consents_{}.csv", "stops_{}.csv", "events_{}.jsonl")


@pytest.fixture
def spoilt(fresh):
    """The bank with one more delivery loaded, in which everybody has another address and strangers turn up."""
    assert nights.persona(fresh, "load", "--quiet").code == 0
    bank.deliver(fresh, BAD, days=1)
    customers = fresh / f"extracts/customers_{BAD}.csv"
    text = customers.read_bytes().replace(b"@canary.", b"@wrong.").replace(b"\nK05", b"\nX05")
    customers.write_bytes(text)
    assert nights.persona(fresh, "load", "--quiet").code == 0
    return fresh


def taken_out(root, *names):
    return [nights.persona(root, "unload", f"extracts/{name.format(BAD)}", "--json") for name in names]


@pytest.mark.parametrize("order", [FILES, FILES[::-1]])
def test_the_night_after_is_to_the_byte_that_of_a_bank_that_never_had_the_delivery(spoilt, order):
    told = taken_out(spoilt, *order)
    assert [ended.code for ended in told] == [0] * 5
    customers = told[order.index(FILES[0])].json
    assert customers["told_again"] == ["extracts/customers_2026-05-31.csv", "extracts/customers_2026-06-30.csv"]
    assert nights.persona(spoilt, "run", "--quiet").code == 0
    assert nights.published(spoilt) == nights.expected_files()
    assert nights.ledger(spoilt) == nights.expected_books()


def test_a_file_that_was_taken_out_is_passed_over_until_it_is_let_in_again(spoilt):
    (ended,) = taken_out(spoilt, FILES[1])
    assert ended.json["unloaded"]["rows"] == len(list(bank.purchases(BAD, 1)))
    loads = {
        row["source"]: (row["new"], row["known"]) for row in nights.persona(spoilt, "load", "--json").json["sources"]
    }
    assert loads["cards"] == (0, 2)
    assert nights.persona(spoilt, "unload", "--undo", f"cards_{BAD}.csv.gz").out.startswith("extracts/cards_")
    loads = {
        row["source"]: (row["new"], row["known"]) for row in nights.persona(spoilt, "load", "--json").json["sources"]
    }
    assert loads["cards"] == (1, 2)


def test_what_was_taken_out_and_comes_again_right_is_another_file(spoilt):
    taken_out(spoilt, *FILES)
    bank.deliver(spoilt, BAD, days=1)
    loads = {row["source"]: row["new"] for row in nights.persona(spoilt, "load", "--json").json["sources"]}
    assert loads["customers"] == 1
    assert loads["cards"] == 0


def test_a_file_that_nobody_loaded_is_told_with_the_nearest(spoilt):
    ended = nights.persona(spoilt, "unload", f"extracts/card_{BAD}.csv.gz")
    assert (ended.code, ended.out) == (2, "")
    assert f"Did you mean 'extracts/cards_{BAD}.csv.gz'?" in ended.err


@pytest.mark.slow
@pytest.mark.parametrize("place", [1, 3, 5, 8, 12])
def test_killed_anywhere_and_taken_up_again_it_ends_the_same(spoilt, place):
    died = nights.persona(spoilt, "unload", f"extracts/{FILES[0].format(BAD)}", dies_at=place)
    assert died.code in (nights.KILLED, 0)
    assert [ended.code for ended in taken_out(spoilt, *FILES)] == [0] * 5
    assert nights.persona(spoilt, "run", "--quiet").code == 0
    assert nights.published(spoilt) == nights.expected_files()


def test_who_was_erased_does_not_come_back_when_contact_data_are_read_again(spoilt, monkeypatch):
    assert nights.persona(spoilt, "customer", "erase", "K003", "--yes", "--json").code == 0
    (ended,) = taken_out(spoilt, FILES[0])
    assert (ended.code, len(ended.json["told_again"])) == (0, 2)
    monkeypatch.setenv(*next(iter(nights.KEY.items())))
    with nights.opened(spoilt) as store:
        known = store.vault.reveal(pl.Series(["K002", "K003"])).select("customer_id", "first_name")
    assert known.rows() == [("K002", "Ännchen002"), ("K003", None)]
