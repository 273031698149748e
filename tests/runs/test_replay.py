"""A past night with what was known then: the same bytes as that night gave, whatever came since."""

from datetime import timedelta

import pytest
from fakes import bank, nights

LATER = bank.NEWEST + timedelta(days=1)


def later(root):
    """One more delivery, in which one of the older customers has moved in with another and strangers turn up."""
    bank.deliver(root, LATER, days=1)
    path = root / f"extracts/customers_{LATER}.csv"
    path.write_bytes(path.read_bytes().replace(b"K009;H009", b"K009;H003").replace(b"\nK05", b"\nX05"))
    late = root / f"extracts/cards_{LATER}.csv.gz"
    assert late.exists()


def replayed(root, *argv):
    """What a replay of the night of the reference says, and the files that it published."""
    ended = nights.persona(root, "run", "--known-at", str(LATER), "--json", *argv)
    assert ended.code == 0, ended.err
    folder = root / "out" / f"{ended.json['run_id']}-replay"
    return ended.json, {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def first_night(root):
    folder = (root / "out/latest").resolve()
    return folder.name, {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def test_a_bank_that_loaded_everything_at_once_replays_the_night_of_one_that_loaded_it_day_by_day(fresh):
    later(fresh)
    assert nights.persona(fresh, "load", "--quiet").code == 0
    told, files = replayed(fresh)
    assert (told["run_id"], files) == first_night(nights.reference())


def test_a_replay_after_the_next_night_gives_the_same_bytes_and_writes_in_no_ledger(after):
    before = first_night(after)
    later(after)
    assert nights.persona(after, "run", "--quiet").code == 0
    books, files = nights.ledger(after), nights.published(after)
    told, again = replayed(after)
    assert (told["run_id"], again) == before
    assert nights.ledger(after) == books
    assert {name: data for name, data in nights.published(after).items() if "-replay/" not in name} == files
    assert not (after / "state/work/past").exists()


def test_the_second_of_three_nights_replays_with_the_first_beside_it(after):
    later(after)
    assert nights.persona(after, "run", "--quiet").code == 0
    second = first_night(after)
    bank.deliver(after, LATER + timedelta(days=1), days=1)
    assert nights.persona(after, "run", "--quiet").code == 0
    ended = nights.persona(after, "run", "--known-at", str(LATER + timedelta(days=1)), "--json")
    folder = after / "out" / f"{ended.json['run_id']}-replay"
    again = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
    assert (ended.json["run_id"], again) == second


def test_each_stage_can_look_back(after):
    segments = nights.persona(after, "segment", "--json").json["segments"]
    decisions = nights.persona(after, "decide", "--json").json["decisions"]
    later(after)
    assert nights.persona(after, "run", "--quiet").code == 0
    known = ("--known-at", str(LATER), "--json")
    assert nights.persona(after, "segment", *known).json["segments"] == segments
    assert nights.persona(after, "decide", *known).json["decisions"] == decisions
    assert nights.persona(after, "score", *known).json["customers"] == bank.CUSTOMERS
    assert nights.persona(after, "explain", "K003", *known).json["as_of"] == "2026-07-01T00:00:00+02:00"
    assert nights.persona(after, "explain", "X050", *known).code == 2


@pytest.mark.parametrize(("day", "says"), [("yesterday", "--known-at: is no day"), ("2020-01-01", "nothing was")])
def test_a_day_that_is_none_or_before_all_is_told(after, day, says):
    ended = nights.persona(after, "run", "--known-at", day)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
