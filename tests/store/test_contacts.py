from datetime import datetime

import polars as pl
import pytest

from persona.errors import WriteError
from persona.store.contacts import KEY, SCHEMA

AT, LATER = datetime.fromisoformat("2026-07-01"), datetime.fromisoformat("2026-07-02")


def wish(customer_no, offer="travel", channel="email", occasion="once"):
    return {
        "customer_no": customer_no,
        "offer_id": offer,
        "campaign_id": offer,
        "channel": channel,
        "class": "marketing",
        "occasion": occasion,
        "at": AT,
        "message_id": f"m{customer_no}{offer}{channel}",
    }


def wishes(*given):
    return pl.DataFrame([{name: one.get(name) for name in SCHEMA} for one in given], schema=SCHEMA)


def statuses(store):
    return store.contacts().select("customer_no", "status", "run_id").rows()


@pytest.fixture
def night(store):
    store.begin_run("r1", AT, {})
    return store


def test_a_plan_stands_in_the_ledger_by_its_key(night):
    assert night.plan("r1", wishes(wish(2), wish(1))).is_empty()
    assert statuses(night) == [(1, "planned", "r1"), (2, "planned", "r1")]


def test_planning_the_same_again_changes_nothing(night):
    for _ in range(2):
        assert night.plan("r1", wishes(wish(1))).is_empty()
    assert statuses(night) == [(1, "planned", "r1")]


def test_a_contact_that_another_run_stands_for_is_refused_and_given_back(night):
    night.plan("r1", wishes(wish(1)))
    night.finish_run("r1", {})
    night.begin_run("r2", AT, {})
    refused = night.plan("r2", wishes(wish(1), wish(2)))
    assert refused.select(*KEY, "run_id").rows() == [(1, "travel", "email", "once", "r2")]
    assert statuses(night) == [(1, "planned", "r1"), (2, "planned", "r2")]


def test_another_channel_or_occasion_is_another_contact(night):
    night.plan("r1", wishes(wish(1), wish(1, channel="sms"), wish(1, occasion="2026-07-01")))
    assert len(statuses(night)) == 3


def test_two_rows_with_one_key_are_refused_and_nothing_is_planned(night):
    with pytest.raises(WriteError, match="have the same customer_no, campaign_id, channel, occasion"):
        night.plan("r1", wishes(wish(1), wish(1)))
    assert statuses(night) == []


def test_a_run_that_was_never_finished_gives_up_what_it_planned_and_what_it_wrote(night):
    night.plan("r1", wishes(wish(1), wish(2)))
    night.set_status("r1", "written", message_ids=pl.Series(["m2travelemail"]))
    night.begin_run("r2", AT, {})
    assert statuses(night) == [(1, "expired", "r1"), (2, "expired", "r1")]
    assert night.plan("r2", wishes(wish(1), wish(2))).is_empty()
    assert statuses(night) == [(1, "planned", "r2"), (2, "planned", "r2")]


def test_a_run_that_was_overtaken_and_is_taken_up_again_finds_the_contacts_of_the_other(night):
    night.plan("r1", wishes(wish(1), wish(2)))
    night.set_status("r1", "written")
    night.begin_run("r2", AT, {})
    night.plan("r2", wishes(wish(1)))
    night.finish_run("r2", {})
    night.begin_run("r1", AT, {})
    assert night.plan("r1", wishes(wish(1), wish(2)))["customer_no"].to_list() == [1]
    assert statuses(night) == [(1, "planned", "r2"), (2, "planned", "r1")]


def test_a_finished_run_keeps_what_it_planned(night):
    night.plan("r1", wishes(wish(1)))
    night.finish_run("r1", {})
    night.begin_run("r2", AT, {})
    assert statuses(night) == [(1, "planned", "r1")]


def test_what_was_handed_off_never_expires(night):
    night.plan("r1", wishes(wish(1), wish(2)))
    night.set_status("r1", "written")
    night.set_status("r1", "handed_off", message_ids=pl.Series(["m1travelemail"]))
    assert night.replace_run("r1", "r2") == 1
    assert statuses(night) == [(1, "handed_off", "r1"), (2, "expired", "r1")]
    with pytest.raises(WriteError, match="1 contacts cannot become expired"):
        night.set_status("r1", "expired", message_ids=pl.Series(["m1travelemail"]))


def test_planning_a_run_again_leaves_what_went_further(night):
    night.plan("r1", wishes(wish(1), wish(2)))
    night.set_status("r1", "written", message_ids=pl.Series(["m1travelemail"]))
    assert night.plan("r1", wishes(wish(1), wish(2))).is_empty()
    assert statuses(night) == [(1, "written", "r1"), (2, "planned", "r1")]


def test_a_status_that_is_there_already_is_no_fault(night):
    night.plan("r1", wishes(wish(1)))
    assert [night.set_status("r1", "written") for _ in range(2)] == [1, 0]
    assert night.set_status("r1", "written", message_ids=pl.Series(["m1travelemail"])) == 0


def test_decisions_are_kept_with_the_plan_or_not_at_all(night):
    decisions = pl.DataFrame({"customer_id": ["A"], "offer_id": ["travel"]})
    with pytest.raises(WriteError):
        night.plan("r1", wishes(wish(1), wish(1)), frames={"decisions": decisions})
    assert night.catalog.run("SELECT * FROM evidence") == []
    night.plan("r1", wishes(wish(1)), frames={"decisions": decisions})
    assert night.evidence("r1", "decisions").collect().rows() == [("A", "travel")]


def test_the_ledgers_fingerprint_sees_what_was_before_and_how_far_it_came(night):
    empty = night.ledger_fingerprint(LATER)
    night.plan("r1", wishes(wish(1)))
    planned = night.ledger_fingerprint(LATER)
    assert night.ledger_fingerprint(AT) == empty != planned
    night.set_status("r1", "written")
    assert night.ledger_fingerprint(LATER) not in {empty, planned}


def test_many_contacts_go_in_at_once(night):
    many = wishes(*(wish(number) for number in range(500)))
    assert night.plan("r1", many).is_empty()
    assert night.contacts().height == 500
    night.begin_run("r2", AT, {})
    assert night.plan("r2", many).is_empty()
    assert set(night.contacts()["run_id"]) == {"r2"}


def test_a_contact_of_the_control_group_stays_on_paper(night):
    night.plan("r1", wishes({**wish(1), "status": "ghost"}, wish(2)))
    assert night.set_status("r1", "written") == 1
    assert statuses(night) == [(1, "ghost", "r1"), (2, "written", "r1")]
    night.finish_run("r1", {})
    night.begin_run("r2", AT, {})
    assert night.plan("r2", wishes(wish(1)))["customer_no"].to_list() == [1]
