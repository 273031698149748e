from datetime import UTC, date, datetime

import polars as pl
import pytest

from persona.errors import WriteError

JAN, FEB, MAR = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))


def test_a_run_that_was_begun_is_taken_up_again(store):
    begun = store.begin_run("r1", JAN, {"policy": "abc"})
    assert begun == store.begin_run("r1", JAN, {"policy": "abc"}) == store.run("r1")
    assert begun.status == "begun"


def test_an_id_does_not_stand_for_two_runs(store):
    store.begin_run("r1", JAN, {"policy": "abc"})
    with pytest.raises(WriteError, match="run r1: stands in the ledger for a run that was made from something else"):
        store.begin_run("r1", JAN, {"policy": "other"})


def test_the_last_run_is_the_newest_finished_one_that_looked_back_from_before(store):
    for run_id, at in (("r1", JAN), ("r2", FEB), ("r3", MAR)):
        store.begin_run(run_id, at, {})
    store.finish_run("r1", {"generations": {"signals": "g1"}})
    store.finish_run("r3", {})
    assert store.last_run(JAN) is None
    assert store.last_run(MAR).run_id == "r1"
    assert store.last_run(MAR).generations == {"signals": "g1"}
    assert store.last_run(datetime(2026, 4, 1, tzinfo=UTC)).run_id == "r3"


def test_finishing_twice_keeps_the_first_summary(store):
    store.begin_run("r1", JAN, {})
    store.finish_run("r1", {"messages": 5})
    store.finish_run("r1", {"messages": 6})
    assert store.run("r1").summary == {"messages": 5}


def test_runs_are_there_after_the_store_was_closed(opened):
    first = opened()
    first.begin_run("r1", JAN, {"policy": "abc"})
    first.close()
    assert opened().runs().select("run_id", "as_of", "status").rows() == [("r1", JAN.replace(tzinfo=None), "begun")]


def test_units_keep_their_arm(store):
    def arm(unit, name):
        columns = {"unit": [unit], "experiment": ["global"], "arm": [name], "since": [date(2026, 1, 1)], "salt": ["s"]}
        return pl.DataFrame(columns)

    assert store.enrol(pl.concat([arm("A", "holdout"), arm("B", "treated")])) == 2
    assert store.enrol(pl.concat([arm("A", "treated"), arm("C", "holdout")])) == 1
    assert store.arms().select("unit", "arm").rows() == [("A", "holdout"), ("B", "treated"), ("C", "holdout")]
