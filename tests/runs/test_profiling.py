"""Who objects to profiling is not profiled, gets no marketing that rests on it, and is told why."""

import polars as pl
import pytest
from fakes import bank, nights

WHO = ("K000", "K004", "K008")


@pytest.fixture
def objected(fresh):
    """A bank three of whose customers have objected to profiling before its night."""
    source = bank.SOURCES["consents"].replace("{const: marketing}", "{from: purpose}")
    source = source.replace("key: [customer, channel, day]", "key: [customer, purpose, channel, day]")
    (fresh / "rules/sources/consents.yaml").write_text(source.lstrip("\n"))
    for path in sorted((fresh / "extracts").glob("consents_*.csv")):
        head, *rows = path.read_text().splitlines()
        told = [f"{who},*,objected,2026-05-02,profiling" for who in WHO] if "05-31" in path.name else []
        lines = [f"{head},purpose", *(f"{row},marketing" for row in rows), *told]
        path.write_text("".join(f"{line}\n" for line in lines))
    ended = nights.persona(fresh, "run", "--quiet")
    assert ended.code == 0, ended.err
    return fresh


def rows_of(root, table):
    with nights.opened(root) as store:
        generations = store.last_run(store.runs()["as_of"].max().replace(year=2100)).generations
        known = store.crosswalk().select("customer_no", "customer_id")
        made = store.stage(table, generations[table])
        return made.drop("customer_id", strict=False).join(known, on="customer_no")


def test_nothing_is_inferred_of_them_and_all_of_the_others(objected):
    for table in ("scores", "segments", "patterns", "forecasts"):
        rows = rows_of(objected, table)
        theirs = rows.filter(pl.col("customer_id").is_in(WHO)).drop("customer_no", "customer_id")
        assert theirs.height == len(WHO)
        assert all(column.null_count() == len(WHO) for column in theirs)
    scores = rows_of(objected, "scores").filter(~pl.col("customer_id").is_in(WHO))
    assert scores["affinity_fuel"].null_count() == 0


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
