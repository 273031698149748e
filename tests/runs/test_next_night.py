"""One more day of extracts: the next night knows the one before."""

from datetime import date, timedelta

import polars as pl
import pytest
from fakes import bank, nights

DAY = timedelta(days=1)


def read(root, act):
    """What ``act`` finds in the store of a workspace."""
    with nights.opened(root) as store:
        return act(store)


def contacted(root):
    """Customer, household, channel, class, offer and day of every contact that was not taken back."""
    rows = read(root, lambda store: store.contacts())
    real = rows.filter(~pl.col("status").is_in(["ghost", "expired"]))
    return real.select("customer_no", "household_key", "channel", "class", "offer_id", pl.col("at").dt.date()).rows()


LIMITS = (
    ("one_in_three_days", lambda c: c[3] == "marketing", 0, 1, 3),
    ("two_emails_a_week", lambda c: c[3] == "marketing" and c[2] == "email", 0, 2, 7),
    ("three_a_month_in_a_household", lambda c: c[3] == "marketing", 1, 3, 30),
    ("rest_told_once", lambda c: c[4] == "rest", 0, 1, 60),
)
"""The contact limits said again: what counts, by which column, how many in how many days."""


def passed_limits(contacts):
    """Every limit that a list of contacts passes, and where: counted one by one over every window that ends at one."""
    found = []
    for name, counts, unit, most, days in LIMITS:
        mine = [contact for contact in contacts if counts(contact) and contact[unit] is not None]
        for contact in mine:
            window = [c for c in mine if c[unit] == contact[unit] and contact[5] - days * DAY <= c[5] <= contact[5]]
            if len(window) > most:
                found.append((name, contact[5]))
    return found


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """The bank after a second night; to be read only."""
    root = nights.copied(nights.reference(), tmp_path_factory.mktemp("second") / "bank")
    bank.deliver(root, bank.NEWEST + DAY, days=1)
    ended = nights.persona(root, "run", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    return root


def test_the_next_night_is_published_beside_the_first_and_is_the_latest(second):
    runs = read(second, lambda store: store.runs().select("run_id", "status").rows())
    assert [status for _, status in runs] == ["finished", "finished"]
    assert sorted(path.name for path in (second / "out").iterdir()) == [
        "2026-07-01-" + runs[0][0][11:],
        runs[1][0],
        "latest",
    ]
    assert (second / "out/latest").readlink().name == runs[1][0]
    first = {name: content for name, content in nights.expected_files().items() if "latest" not in name}
    assert first.items() <= nights.published(second).items()


def test_the_next_night_honours_what_the_first_one_sent(second):
    contacts = contacted(second)
    assert {contact[5] for contact in contacts} == {date(2026, 6, 30), date(2026, 7, 1)}
    assert passed_limits(contacts) == []


def test_the_segments_of_the_night_before_stand_beside_those_of_tonight(second):
    before = read(second, lambda store: store.evidence(store.runs()["run_id"][0], "profile").collect())
    now = read(second, lambda store: store.evidence(store.runs()["run_id"][1], "profile").collect())
    assert before["lifecycle_before"].null_count() == 60
    assert now.select("customer_no", "lifecycle_before", "segment_before").rows() == (
        before.select("customer_no", "lifecycle", "segment").rows()
    )


def test_the_next_night_loads_only_what_is_new(after):
    bank.deliver(after, bank.NEWEST + DAY, days=1)
    loads = nights.persona(after, "load", "--json").json["sources"]
    assert {row["source"]: (row["new"], row["known"]) for row in loads} == {
        "cards": (1, 2),
        "consents": (1, 2),
        "customers": (1, 2),
        "events": (1, 2),
        "stops": (1, 2),
    }


def test_the_same_night_in_one_go_or_after_another_differs_only_by_what_was_sent(second, fresh):
    bank.deliver(fresh, bank.NEWEST + DAY, days=1)
    assert nights.persona(fresh, "run", "--quiet").code == 0
    signals = [
        read(root, lambda store: store.evidence(store.runs()["run_id"][-1], "profile").collect())
        for root in (second, fresh)
    ]
    apart = {"lifecycle_before", "segment_before"}
    same = [name for name in signals[0].columns if name not in apart]
    assert signals[0].select(same).equals(signals[1].select(same))


@pytest.mark.slow
def test_over_many_nights_no_contact_limit_is_ever_passed(fresh):
    for number in range(6):
        if number:
            bank.deliver(fresh, bank.NEWEST + number * DAY, days=1)
        assert nights.persona(fresh, "run", "--quiet").code == 0
    contacts = contacted(fresh)
    assert sorted({contact[5].day for contact in contacts}) == [1, 4, 5, 30]
    assert passed_limits(contacts) == []
    marketing = [contact for contact in contacts if contact[3] == "marketing"]
    assert len(marketing) >= len({contact[0] for contact in marketing}) + 10


@pytest.mark.slow
@pytest.mark.parametrize("place", [19, 75, 143, 211, 283])
def test_a_next_night_killed_anywhere_ends_with_the_same_bytes(second, tmp_path, place):
    books, files = nights.ledger(second), nights.published(second)
    root = nights.copied(nights.reference(), tmp_path / "killed")
    bank.deliver(root, bank.NEWEST + DAY, days=1)
    assert nights.persona(root, "run", dies_at=place).code == nights.KILLED
    assert nights.persona(root, "run", "--quiet").code == 0
    assert (nights.ledger(root), nights.published(root)) == (books, files)


def test_a_night_before_one_whose_contacts_are_on_their_way_is_refused_and_may_be_looked_at(second, tmp_path):
    root = nights.copied(second, tmp_path / "late")
    ended = nights.persona(root, "run", "--as-of", "2026-06-20")
    assert ended.code == 2
    assert "contacts of later nights are on their way" in ended.err
    assert nights.persona(root, "run", "--as-of", "2026-06-20", "--dry-run").code == 0


def test_a_night_tells_the_notes_on_files_that_another_command_took_in_and_the_next_one_does_not(fresh):
    consents = fresh / f"extracts/consents_{bank.NEWEST}.csv"
    consents.write_text("".join(consents.read_text().splitlines(keepends=True)[:1]))
    assert nights.persona(fresh, "load", "--quiet").code == 0
    told = f"extracts/consents_{bank.NEWEST}.csv: brings no rows"
    first = nights.persona(fresh, "run")
    assert (first.code, f"! {told}" in first.out) == (0, True)
    assert f"! {told}" in nights.persona(fresh, "run").out
    bank.deliver(fresh, bank.NEWEST + DAY, days=1)
    second = nights.persona(fresh, "run", "--json")
    assert (second.code, second.json["warnings"]) == (0, [])
