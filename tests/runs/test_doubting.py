"""Extracts that would be taken in line by line and should not be: they lost their rows, or are of no day of ours."""

from datetime import date

import pytest
from fakes.smallest import written

from persona.clock import AsOf
from persona.errors import ExtractError
from persona.policy.policy import Policy
from persona.runs.audit import audit
from persona.runs.load import load
from persona.store import Store

STOPS = """\
source: stops
files: "stops_{date:%Y-%m-%d}.csv"
into: suppressions
delivery: snapshot
key: [who]
columns:
  customer_id: {from: who}
  type: {const: deceased}
  from_on: {const: 2026-01-01}
"""
PEOPLE = """\
source: people
files: "people_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [who]
columns: {customer_id: {from: who}}
"""
ASKED = """\
source: asked
files: "asked_{date:%Y-%m-%d}.csv"
into: preferences
key: [who]
columns:
  customer_id: {from: who}
  topic: {const: reward}
  value: {const: travel}
  at: {from: day, format: "%Y-%m-%d"}
"""


def rows(*who):
    return "who\n" + "".join(f"{one}\n" for one in who)


@pytest.fixture
def bank(tmp_path):
    """What `act` finds in a workspace after its files, and those named now, were loaded."""
    written(tmp_path, **{"rules/sources/stops.yaml": STOPS, "rules/sources/people.yaml": PEOPLE})
    written(tmp_path, **{"people_2026-06-30.csv": rows("A", "B", "C", "D", "E")})

    def loaded(act=lambda _store, summary: [one.warnings for one in summary.sources], **files):
        written(tmp_path, **files)
        policy = Policy.load(tmp_path)
        with Store.open(tmp_path, policy.workspace) as store:
            return act(store, load(policy, store, root=tmp_path, progress=lambda *_: None))

    return loaded


def stopped(store, _summary):
    return sorted(store.scan("suppressions", as_of=date(2026, 7, 9)).collect()["customer_id"])


def test_an_empty_snapshot_is_refused_and_the_one_before_stays_in_force(bank, tmp_path):
    bank(**{"stops_2026-06-30.csv": rows("A", "B")})
    with pytest.raises(ExtractError) as told:
        bank(**{"stops_2026-07-01.csv": rows()})
    assert told.value.exit_code == 3
    assert "stops_2026-07-01.csv: brings 0 rows, and the delivery of 2026-06-30 brought 2" in str(told.value)
    assert "say allow_empty: true in rules/sources/stops.yaml" in str(told.value)
    (tmp_path / "stops_2026-07-01.csv").unlink()
    assert bank(stopped) == ["A", "B"]


def test_the_audit_names_the_snapshot_that_was_refused(bank, tmp_path):
    bank(**{"stops_2026-06-30.csv": rows("A", "B")})
    with pytest.raises(ExtractError):
        bank(**{"stops_2026-07-01.csv": rows()})
    policy = Policy.load(tmp_path)
    with Store.open(tmp_path, policy.workspace) as store:
        report = audit(store, policy, AsOf.at_start_of(date(2026, 7, 2), "Europe/Berlin"))
    told = "refused: brings 0 rows, and the delivery of 2026-06-30 brought 2"
    assert report.warnings.rows() == [("stops", "stops_2026-07-01.csv", told)]


def test_a_snapshot_that_may_be_empty_takes_all_rows_away_and_says_so(bank):
    bank(**{"stops_2026-06-30.csv": rows("A", "B")})
    files = {"rules/sources/stops.yaml": STOPS + "allow_empty: true\n", "stops_2026-07-01.csv": rows()}
    assert bank(**files) == [[], ["stops_2026-07-01.csv: brings no rows"]]
    assert bank(stopped) == []


@pytest.mark.parametrize(("who", "is_refused"), [("AB", True), ("ABC", False), ("A", True)])
def test_a_snapshot_that_lost_more_than_half_of_its_rows_is_refused(bank, who, is_refused):
    bank(**{"stops_2026-06-30.csv": rows(*"ABCDE")})
    again = {"stops_2026-07-01.csv": rows(*who)}
    if is_refused:
        with pytest.raises(ExtractError, match=f"brings {len(who)} rows, and the delivery of 2026-06-30 brought 5"):
            bank(**again)
    else:
        assert bank(stopped, **again) == list(who)


def test_a_source_says_how_many_rows_its_snapshots_may_lose(bank):
    bank(**{"stops_2026-06-30.csv": rows(*"ABCDE")})
    files = {"rules/sources/stops.yaml": STOPS + "min_rows_share: 0.2\n", "stops_2026-07-01.csv": rows("A")}
    assert bank(stopped, **files) == ["A"]


def test_the_files_of_one_day_are_counted_together(bank):
    pieces = {"rules/sources/stops.yaml": STOPS.replace("}.csv", "}_*.csv")}
    bank(**pieces, **{"stops_2026-06-30_1.csv": rows(*"AB"), "stops_2026-06-30_2.csv": rows(*"CD")})
    again = {"stops_2026-07-01_1.csv": rows(), "stops_2026-07-01_2.csv": rows("A"), "stops_2026-07-01_3.csv": rows("B")}
    assert bank(stopped, **again) == ["A", "B"]
    with pytest.raises(ExtractError, match=r"3 files|brings 0 rows, and the delivery of 2026-07-01 brought 2"):
        bank(**{"stops_2026-07-02_1.csv": rows(), "stops_2026-07-02_2.csv": "who\n\n"})


def test_the_first_delivery_of_a_source_may_be_empty_and_is_told(bank):
    first = {"stops_2026-06-30.csv": rows()}
    assert bank(**first) == [[], ["stops_2026-06-30.csv: is the first of its source, and brings no rows"]]


def test_rules_that_leave_fewer_rows_are_no_fault_of_the_file_unless_none_are_left(bank):
    bank(**{"stops_2026-06-30.csv": rows(*"ABCDE")})
    assert bank(stopped, **{"rules/sources/stops.yaml": STOPS + "where: who = 'A'\n"}) == ["A"]
    with pytest.raises(ExtractError, match="brings 0 rows, and the delivery of 2026-06-30 brought 1"):
        bank(**{"rules/sources/stops.yaml": STOPS + "where: who = 'X'\n"})


def test_a_day_far_ahead_of_all_others_is_refused_and_moves_nothing(bank, tmp_path):
    bank(**{"stops_2026-06-30.csv": rows("A")})
    with pytest.raises(ExtractError) as told:
        bank(**{"stops_2062-06-30.csv": rows("B")})
    assert "stops_2062-06-30.csv: is misdated: its day is 2062-06-30, and the newest of all other" in str(told.value)
    assert "raise max_gap_days in rules/sources/stops.yaml from 31" in str(told.value)
    policy = Policy.load(tmp_path)
    with Store.open(tmp_path, policy.workspace) as store:
        assert store.deliveries()["delivered_on"].max() == date(2026, 6, 30)


def test_misdated_files_do_not_vouch_for_one_another(bank):
    bank(**{"stops_2026-06-30.csv": rows("A")})
    with pytest.raises(ExtractError, match="3 files were not accepted"):
        bank(**{f"{name}.csv": rows(*"ABC") for name in ("stops_2062-06-30", "stops_2062-07-01", "people_2062-07-01")})


@pytest.mark.parametrize(("day", "is_refused"), [("2026-07-31", False), ("2026-08-01", True)])
def test_a_file_may_come_a_month_after_all_others(bank, day, is_refused):
    bank(**{"stops_2026-06-30.csv": rows("A")})
    if is_refused:
        with pytest.raises(ExtractError, match="is misdated"):
            bank(**{f"stops_{day}.csv": rows("B")})
    else:
        assert bank(stopped, **{f"stops_{day}.csv": rows("B")}) == ["A"]


def test_a_source_says_how_far_apart_its_files_may_lie(bank):
    bank(**{"stops_2026-06-30.csv": rows("A")})
    files = {"rules/sources/stops.yaml": STOPS + "max_gap_days: 366\n", "stops_2027-06-30.csv": rows("B")}
    assert bank(lambda store, _: store.deliveries()["delivered_on"].max(), **files) == date(2027, 6, 30)


def test_in_the_first_load_the_files_of_other_sources_vouch_for_a_day(bank):
    files = {"stops_2026-01-31.csv": rows("A"), "stops_2026-06-30.csv": rows("B")}
    assert bank(stopped, **files) == ["B"]


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-07-01", "at is after its delivery in 1 of 1 rows"),
        ("2026-06-01", "is of another day: its newest row is of 2026-06-01, its delivery of 2026-06-30"),
    ],
)
def test_what_was_stated_on_another_day_is_not_of_this_delivery(bank, day, told):
    with pytest.raises(ExtractError, match=told):
        bank(
            **{
                "stops_2026-06-30.csv": rows(),
                "rules/sources/asked.yaml": ASKED,
                "asked_2026-06-30.csv": f"who,day\nA,{day}\n",
            }
        )
