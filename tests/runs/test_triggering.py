"""Triggers through whole nights: what has happened is answered once, is urgent while it lives, and expires."""

from datetime import timedelta

import polars as pl
import pytest
from fakes import bank, nights

DAY = timedelta(days=1)
TRIGGER = """
trigger: flown
name: {en: Has just booked a flight}
owner: travel@tiny.example.com
source: Playbook
review_on: 2026-12-31
table: transactions
where: category = 'travel.air' AND amount_minor < 0
keeps: [merchant]
offers: [weekend]
urgency: 100
expires_days: 3
"""
AT_REST = """
trigger: at_rest
name: {en: The card is at rest}
owner: cards@tiny.example.com
source: Playbook
review_on: 2026-12-31
when: recency_days >= 5
offers: [tips]
expires_days: 9
"""
FREE = bank.RULES["contact.yaml"].partition("cooloffs:")[2]


@pytest.fixture
def triggered(fresh):
    """The bank with triggers and without limits, so that only what is answered already keeps the peace."""
    bank.write(fresh / "rules/triggers/flown.yaml", TRIGGER.lstrip("\n").encode())
    bank.write(fresh / "rules/triggers/at_rest.yaml", AT_REST.lstrip("\n").encode())
    bank.write(fresh / "rules/contact.yaml", f"cooloffs:{FREE}".encode())
    return fresh


def night(root, *argv):
    ended = nights.persona(root, "run", "--quiet", *argv)
    assert ended.code == 0, ended.err


def made(root, *tables):
    with nights.opened(root) as store:
        generations = store.run(store.runs()["run_id"][-1]).generations
        return [store.stage(name, generations[name]) for name in tables]


def test_what_has_happened_is_answered_once_and_no_later_than_it_expires(triggered):
    night(triggered)
    for number in (1, 2, 3):
        bank.deliver(triggered, bank.NEWEST + number * DAY, days=1)
        night(triggered)
    with nights.opened(triggered) as store:
        contacts = store.contacts().filter(pl.col("status") != "expired")
    answers = contacts.filter(pl.col("occasion").str.starts_with("flown:"))
    assert answers.height > 3
    assert answers.select("customer_no", "occasion").is_duplicated().sum() == 0
    # The others hear of it night after night: nothing else keeps the peace here.
    others = contacts.filter((pl.col("offer_id") == "weekend") & pl.col("occasion").str.starts_with("2026"))
    assert others.height == 0 or others.select("customer_no").is_duplicated().any()


def test_it_is_urgent_while_it_lives_and_is_told_no_later(triggered):
    night(triggered)
    occurrences, decisions = made(triggered, "occurrences", "decisions")
    flown = occurrences.filter(pl.col("trigger") == "flown")
    told = decisions.filter(pl.col("offer_id") == "weekend").join(flown, on=["customer_no", "occasion"])
    assert told.height > 0
    assert told["context"].unique().to_list() == [2.0]
    # Midnight in Berlin is 22:00 UTC.
    ends = pl.col("expires_on").cast(pl.Datetime("us")) - pl.duration(hours=2)
    assert told.filter(pl.col("not_after_utc") > ends).height == 0
    assert told.filter(pl.col("not_before_utc") >= pl.col("not_after_utc")).height == 0


def test_a_state_is_the_same_time_night_after_night(triggered):
    night(triggered)
    first = made(triggered, "occurrences")[0].filter(pl.col("trigger") == "at_rest")
    bank.deliver(triggered, bank.NEWEST + DAY, days=1)
    night(triggered)
    second = made(triggered, "occurrences")[0].filter(pl.col("trigger") == "at_rest")
    both = first.join(second, on="customer_no", suffix="_then")
    assert both.height > 0
    assert both["occasion"].to_list() == both["occasion_then"].to_list()
    assert both["happened_on"].to_list() == both["happened_on_then"].to_list()


def test_explain_shows_what_has_happened_and_who_was_told_is_told_why_not_again(triggered):
    night(triggered)
    triggers, contacts = *made(triggered, "triggers"), None
    with nights.opened(triggered) as store:
        contacts = store.contacts().filter(pl.col("occasion").str.starts_with("flown:"))
        who = store.crosswalk().filter(pl.col("customer_no") == contacts["customer_no"][0])["customer_id"][0]
    assert triggers.filter("on_flown")["on_flown_merchant"].unique().to_list() == ["Blue Wings"]
    told = nights.persona(triggered, "explain", who, "--json").json
    assert told["profile"]["on_flown"] is True
    assert told["contacts"][0]["occasion"].startswith("flown:")
    shown = nights.persona(triggered, "explain", who).out
    assert "has happened" in shown
    assert "weekend by " in shown
    assert ", as flown has happened" in shown


def test_the_same_night_again_and_its_replay_say_the_same(triggered):
    night(triggered)
    bank.deliver(triggered, bank.NEWEST + DAY, days=1)
    night(triggered)
    name = max(path.name for path in (triggered / "out").glob("2026*"))
    night(triggered, "--known-at", str(bank.NEWEST + 2 * DAY))
    assert nights.tree(triggered, f"out/{name}-replay") == {
        path.replace(f"out/{name}/", f"out/{name}-replay/"): content
        for path, content in nights.tree(triggered, f"out/{name}").items()
    }
