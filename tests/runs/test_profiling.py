"""Who objects to profiling is not profiled, gets no marketing that rests on it, and is told why."""

from datetime import date

import polars as pl
import pytest
from fakes import bank, nights

WHO = ("K000", "K004", "K008")


def objecting(root):
    """A bank three of whose customers have objected to profiling."""
    source = bank.SOURCES["consents"].replace("{const: marketing}", "{from: purpose}")
    source = source.replace("key: [customer, channel, day]", "key: [customer, purpose, channel, day]")
    (root / "rules/sources/consents.yaml").write_text(source.lstrip("\n"))
    for path in sorted((root / "extracts").glob("consents_*.csv")):
        head, *rows = path.read_text().splitlines()
        told = [f"{who},*,objected,2026-05-02,profiling" for who in WHO] if "05-31" in path.name else []
        lines = [f"{head},purpose", *(f"{row},marketing" for row in rows), *told]
        path.write_text("".join(f"{line}\n" for line in lines))
    return root


@pytest.fixture
def objected(fresh):
    """The bank after its night."""
    ended = nights.persona(objecting(fresh), "run", "--quiet")
    assert ended.code == 0, ended.err
    return fresh


def rows_of(root, table):
    with nights.opened(root) as store:
        generations = store.last_run(store.runs()["as_of"].max().replace(year=2100)).generations
        known = store.crosswalk().select("customer_no", "customer_id")
        made = store.stage(table, generations[table])
        return made.drop("customer_id", strict=False).join(known, on="customer_no")


def test_nothing_is_inferred_of_them_and_all_of_the_others(objected):
    for table in ("scores", "segments", "patterns", "forecasts", "circumstances", "leanings", "signals"):
        rows = rows_of(objected, table)
        if table == "signals":
            rows = rows.select("customer_no", "customer_id", "best_hour", "best_weekday")
        theirs = rows.filter(pl.col("customer_id").is_in(WHO)).drop("customer_no", "customer_id")
        assert theirs.height == len(WHO)
        assert all(column.null_count() == len(WHO) for column in theirs)
    scores = rows_of(objected, "scores").filter(~pl.col("customer_id").is_in(WHO))
    assert scores["affinity_fuel"].null_count() == 0
    counted = rows_of(objected, "signals")
    assert counted.filter(pl.col("customer_id").is_in(WHO))["spend_365d_minor"].null_count() == 0
    assert counted.filter(~pl.col("customer_id").is_in(WHO))["best_hour"].drop_nulls().len() > 0


def test_marketing_that_rests_on_profiling_is_refused_by_that_name(objected):
    decisions = rows_of(objected, "decisions").filter(pl.col("customer_id").is_in(WHO), pl.col("slot") == "marketing")
    assert set(decisions["offer_id"].drop_nulls()) <= {"tips"}
    told = nights.persona(objected, "explain", "K000", "--json").json
    against = {(one["offer_id"], r["id"]) for one in told["refused"] for r in one["refusals"] if r["letter"] == "C"}
    assert {("weekend", "profiling"), ("saver", "profiling")} <= against
    assert ("tips", "profiling") not in against
    assert told["profile"]["allows_profiling"] is False


def test_what_is_owed_to_them_is_still_sent(objected):
    told = nights.persona(objected, "explain", "K000", "--json").json
    against = {one["offer_id"] for one in told["refused"] for r in one["refusals"] if r["id"] == "profiling"}
    assert "rest" not in against


ANSWERS = """
source: answers
files: "extracts/answers_{date:%Y-%m-%d}.csv"
into: outcomes
key: [customer, outcome]
max_age_days: 60
columns:
  customer_id: {from: customer}
  offer_id: {const: weekend}
  channel: {const: email}
  outcome: {from: outcome}
  at: {from: day, format: "%Y-%m-%d", zone: UTC}
"""


def learned(root, **other):
    """What a night has learned of the book, where those who object have bought and answered otherwise."""
    objecting(root)
    for day in (date(2026, 5, 31), bank.NEWEST):
        rows = [{**row, **(other if row["customer"] in WHO else {})} for row in bank.purchases(day, 30)]
        bank.cards(root, day, rows)
    (root / "rules/sources/answers.yaml").write_text(ANSWERS.lstrip("\n"))
    told = ["K001,sent,2026-05-10", *(f"{who},{what},2026-05-10" for who in WHO for what in ("sent", "accepted"))]
    lines = ["customer,outcome,day", *(told[:1] if other else told)]
    (root / f"extracts/answers_{bank.NEWEST}.csv").write_text("".join(f"{line}\n" for line in lines))
    ended = nights.persona(root, "run", "--quiet")
    assert ended.code == 0, ended.err
    with nights.opened(root) as store:
        generations = store.last_run(store.runs()["as_of"].max().replace(year=2100)).generations
        names = ("book", "affinity_model", "pattern_model", "forecast_models", "propensity_model", "rates")
        return {name: store.stage(name, generations[name]).rows() for name in names}


def test_no_model_learns_from_them(fresh, tmp_path):
    there = nights.copied(fresh, tmp_path / "there")
    other = learned(there, code="5541", amount="999.00", at="2026-05-20T03:00:00")
    assert learned(fresh) == other
