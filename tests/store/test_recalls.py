from datetime import datetime

import polars as pl
import pytest
from store.test_contacts import wish, wishes

AT, SIX = datetime.fromisoformat("2026-07-01"), datetime.fromisoformat("2026-07-01T06:00")
ONE, TWO = "m1travelemail", "m2travelemail"


def found(*ids, in_time=True):
    rows = [(one, "email", "C", "consent", in_time) for one in ids]
    return pl.DataFrame(rows, schema=["message_id", "channel", "reason", "reason_id", "in_time"], orient="row")


@pytest.fixture
def night(store):
    store.begin_run("r1", AT, {})
    store.plan("r1", wishes(wish(1), wish(2)))
    store.set_status("r1", "written")
    store.finish_run("r1", {})
    return store


def statuses(store):
    return dict(store.contacts().select("message_id", "status").rows())


def test_what_is_recalled_in_time_says_so_in_both_ledgers_and_in_the_audit_log(night):
    assert night.recall("r1", found(ONE), at=SIX) == 1
    assert statuses(night) == {ONE: "recalled", TWO: "written"}
    assert night.recalls().rows() == [(ONE, "r1", "email", "C", "consent", SIX, True)]
    assert night.audit_faults() == []


def test_what_comes_too_late_is_noted_and_its_contact_stays_what_it_is(night):
    night.set_status("r1", "handed_off")
    assert night.recall("r1", found(TWO, in_time=False), at=SIX) == 1
    assert statuses(night) == {ONE: "handed_off", TWO: "handed_off"}


def test_recalling_the_same_again_changes_nothing(night):
    assert [night.recall("r1", found(ONE), at=at) for at in (SIX, AT)] == [1, 0]
    assert night.recalls()["at"].to_list() == [SIX]


def test_what_the_vendor_has_accepted_can_be_recalled_still(night):
    for status in ("handed_off", "sent"):
        night.set_status("r1", status)
    night.recall("r1", found(ONE), at=SIX)
    assert statuses(night) == {ONE: "recalled", TWO: "sent"}


def test_a_recalled_contact_is_not_planned_again_by_another_night(night):
    night.recall("r1", found(ONE), at=SIX)
    night.begin_run("r2", SIX, {})
    assert night.plan("r2", wishes(wish(1)))["message_id"].to_list() == [ONE]
