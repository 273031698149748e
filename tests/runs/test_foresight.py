"""What is told before anything is sent: plan, whatif, diff and frontier, and the guardrails that stop a night."""

import re
import shutil
from datetime import timedelta

import polars as pl
import pytest
from fakes import bank, nights

DAY = timedelta(days=1)
CALM = """guardrails:
  - {id: nobody_moves, measure: moved, max: 0, source: A test}
  - {id: some_book, measure: customers, min: 10, max_fall: 0.5}
"""
ANSWERED = """guardrails:
  - id: nobody_moves
    measure: moved
    max: 0
    override: {reason: A new month, who: boss@tiny.example.com, until: 2027-01-01}
"""


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """The bank after its first night, with the extracts of the next day taken in; to be read only."""
    root = nights.copied(nights.reference(), tmp_path_factory.mktemp("second") / "bank")
    bank.deliver(root, bank.NEWEST + DAY, days=1)
    assert nights.persona(root, "load", "--quiet").code == 0
    return root


def told(root, *argv):
    """What a command that ends well says."""
    ended = nights.persona(root, *argv, "--json")
    assert ended.code == 0, ended.err
    return ended.json


def ledgers(root):
    """What no look ahead may change: the ledgers, the audit log, what stages are kept, and what views show."""
    with nights.opened(root) as store:
        shown = store.catalog.run("SELECT name, body FROM documents WHERE kind = 'shown' ORDER BY ALL")
        stages = store.catalog.run("SELECT table_name, generation FROM stages ORDER BY ALL")
        return store.contacts().to_dicts(), store.runs().to_dicts(), store.audit_head(), shown, stages


def test_plan_tells_what_the_night_then_does(second, tmp_path):
    root = nights.copied(second, tmp_path / "bank")
    said = told(root, "plan")
    ran = told(root, "run")
    sent = {(row["offer_id"], row["channel"]): row["customers"] for row in ran["decisions"]}
    assert {(row["offer_id"], row["channel"]): row["after"] for row in said["offers"] if row["after"]} == sent
    assert said["run_id"] == ran["run_id"]
    assert said["before"] != said["after"] == ran["run_id"]
    assert sum(row["before"] for row in said["offers"]) == said["figures"]["messages"]["before"] > 0


def test_the_same_rules_change_nothing(second, tmp_path):
    shutil.copytree(second / "rules", tmp_path / "rules")
    said = told(second, "diff", str(tmp_path / "rules"), "--fail-above", "moved=0", "--fail-above", "value=0")
    assert said["paths"] == said["unsuitable"] == said["notes"] == said["exceeded"] == []
    assert {one["share"] for one in said["figures"].values()} == {0.0}


def test_a_cap_that_is_halved_is_used_to_the_last_place_and_leaves_no_trace(second):
    wide = told(second, "whatif", "--set", "offers.weekend.cap=6")
    before = ledgers(second)
    said = told(second, "whatif", "--set", "offers.weekend.cap=3")
    assert ledgers(second) == before
    for one, cap in ((wide, 6), (said, 3)):
        row = next(row for row in one["constraints"] if row["constraint_id"] == "weekend")
        assert (row["limit_after"], row["use_after"]) == (cap, cap)
    assert said["notes"] == ["Taken as approved, and needs approval before it leaves: offer weekend."]


def test_a_change_above_its_threshold_fails_with_five_and_is_told_as_markdown(second):
    ended = nights.persona(second, "whatif", "--set", "offers.weekend.cap=1", "--fail-above", "moved=1%", "--markdown")
    assert ended.code == 5
    assert "### Messages by offer\n\n| offer | class | by | before | after | change |\n| --- |" in ended.out
    assert re.search(r"moved changes by \d+\.\d%, more than 1%", ended.err)


def test_a_path_that_is_not_known_is_told_with_the_nearest_word(second):
    ended = nights.persona(second, "whatif", "--set", "offers.weekent.cap=1")
    assert (ended.code, "Did you mean 'weekend'?" in ended.err) == (2, True)


def test_the_frontier_grows_with_its_bound_and_is_worth_less_a_place(second, tmp_path):
    page = tmp_path / "curve.html"
    said = told(second, "frontier", "--vary", "weekend.cap", "1:5", "--points", "5", "--html", str(page))
    values, prices = ([one[name] for one in said["points"]] for name in ("value_minor", "price_minor"))
    assert [one["use"] for one in said["points"]] == [1, 2, 3, 4, 5]
    assert values == sorted(values)
    assert prices == sorted(prices, reverse=True)
    drawn = page.read_text()
    assert drawn.count('<circle class="dot"') == 10
    assert "What the plan is worth, EUR" in drawn


def test_a_funnel_loses_everybody_who_is_not_told(second):
    said = told(second, "rules", "funnel", "--offer", "saver")
    lost = sum(row["lost"] for row in said["funnel"])
    assert lost + said["funnel"][-1]["left"] == said["customers"] == bank.CUSTOMERS
    whole = told(second, "rules", "funnel")["funnel"]
    assert next(row["told"] for row in whole if row["offer_id"] == "saver") == said["funnel"][-1]["left"]


def test_where_nothing_is_scarce_a_rule_costs_what_the_plan_gains_without_it(second):
    costs = {row["id"]: row for row in told(second, "rules", "cost", "--as-of", "2026-07-02")["costs"]}
    rule = costs["has_flown"]
    said = told(second, "whatif", "--set", "offers.weekend.has_flown.when=purchases_365d_travel_air >= 0")
    gained = said["figures"]["value"]["after"] - said["figures"]["value"]["before"]
    assert rule["value_minor"] > 0
    # Both are told to the cent.
    assert abs(gained - rule["value_minor"]) <= 1
    assert said["figures"]["moved"]["after"] == rule["protected"]


def test_a_guardrail_stops_the_night_before_anything_is_published(second, tmp_path):
    root = nights.copied(second, tmp_path / "bank")
    (root / "rules/constraints.yaml").write_text(CALM)
    there = sorted(path.name for path in (root / "out").iterdir())
    for argv in (("plan",), ("run",), ("run", "--dry-run")):
        ended = nights.persona(root, *argv)
        assert ended.code == 5, argv
        assert "guardrail nobody_moves: moved is 0." in ended.err
    assert sorted(path.name for path in (root / "out").iterdir()) == there
    with nights.opened(root) as store:
        assert store.runs().filter(pl.col("status") != "finished").is_empty()


def test_a_guardrail_that_somebody_answers_for_lets_the_night_go_and_is_told(second, tmp_path):
    root = nights.copied(second, tmp_path / "bank")
    (root / "rules/constraints.yaml").write_text(ANSWERED)
    [row] = told(root, "run")["guardrails"]
    assert row["broken"] == ["max 0"]
    assert row["override"] == {"reason": "A new month", "who": "boss@tiny.example.com", "until": "2027-01-01"}
