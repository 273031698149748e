"""Parts of the day, rollouts and arms that leave a layer out, through whole nights."""

from datetime import timedelta

import polars as pl
import pytest
from fakes import bank, nights

from persona.buckets import hashed

DAY = timedelta(days=1)
MORE = """
day_slots:
  - {id: morning, channels: [email], send_from: "08:00", send_until: "12:00"}
  - {id: evening, channels: [email], send_from: "17:00", send_until: "21:00"}
rollouts:
  - id: slowly
    offers: [saver]
    waves:
      - {share: 0.3}
      - {share: 1, gate: {opened_on: 2026-07-02, by: boss@tiny.example.com}}
"""
CONSTRAINTS = "constraints:\n  - {id: mornings, sum: 1, where: day_slot = 'morning', max: 4}\n"
LAYERS = "layers:\n  - {id: by_lot, salt: lot, share: 0.2, decides: random}\n"


@pytest.fixture
def trying(fresh):
    """The bank with parts of the day for its e-mails, an offer that is rolled out, and an arm by lot."""
    bank.write(fresh / "rules/contact.yaml", (bank.RULES["contact.yaml"].lstrip("\n") + MORE).encode())
    bank.write(fresh / "rules/constraints.yaml", CONSTRAINTS.encode())
    bank.write(fresh / "rules/experiments.yaml", (bank.RULES["experiments.yaml"] + LAYERS).encode())
    return fresh


def night(root):
    ended = nights.persona(root, "run", "--quiet")
    assert ended.code == 0, ended.err
    with nights.opened(root) as store:
        made = store.run(store.runs()["run_id"][-1]).generations
        return store.stage("decisions", made["decisions"]), store.stage("candidates", made["candidates"]), store.arms()


def _told(plan):
    return plan.filter(pl.col("offer_id") == "saver")["customer_id"].to_list()


def _lot(who):
    return hashed("rollout:slowly", who) % 10_000


def test_each_email_leaves_in_its_part_of_the_day_and_none_holds_more_than_it_may(trying):
    decisions, _, _ = night(trying)
    sent = decisions.filter(pl.col("reason") == "O")
    mails = sent.filter(pl.col("channel") == "email")
    hours = {"morning": (8, 12), "evening": (17, 21)}
    for slot, begins, ends in mails.select("day_slot", "not_before_utc", "not_after_utc").iter_rows():
        # Berlin is two hours ahead of UTC.
        assert hours[slot][0] <= begins.hour + 2 < ends.hour + 2 <= hours[slot][1]
    assert mails.filter((pl.col("day_slot") == "morning") & (pl.col("slot") == "marketing")).height <= 4
    assert mails.height > 4
    assert sent.filter(pl.col("channel") != "email")["day_slot"].null_count() == sent.height - mails.height


def test_an_offer_goes_to_a_part_first_and_to_all_once_the_gate_is_opened(trying):
    told = [night(trying)[0]]
    for number in (1, 2, 3):
        bank.deliver(trying, bank.NEWEST + number * DAY, days=1)
        told.append(night(trying)[0])
    early, late = ([_lot(who) for plan in some for who in _told(plan)] for some in (told[:1], told[1:]))
    assert early
    assert max(early) < 3_000 <= max(late)


def test_the_arm_by_lot_keeps_to_the_ledger_and_logs_its_chance(trying):
    decisions, candidates, arms = night(trying)
    members = arms.filter((pl.col("experiment") == "by_lot") & (pl.col("arm") == "random"))["unit"]
    told = decisions.filter(pl.col("layer") == "by_lot", pl.col("reason") == "O")
    assert told.height > 0
    assert set(told["customer_id"]) <= set(members)
    worth = candidates.filter((pl.col("slot") == "marketing") & (pl.col("value_milli") > 0))
    offers = worth.group_by("customer_no").agg(offers=pl.col("offer_id").n_unique())
    lots = told.join(offers, on="customer_no")
    assert lots["p_logged"].to_list() == [round(1 / count, 6) for count in lots["offers"]]
    assert decisions.filter(pl.col("layer").is_null())["p_logged"].unique().to_list() == [1.0]
    bank.deliver(trying, bank.NEWEST + DAY, days=1)
    again = night(trying)[2].filter(pl.col("experiment") == "by_lot", pl.col("arm") == "random")["unit"]
    assert set(again) == set(members)
