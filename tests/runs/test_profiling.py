"""Who objects to profiling is not profiled, gets no marketing that rests on it, and is told why."""

import json
from datetime import date

import polars as pl
import pytest
from fakes import bank, nights

WHO = ("K000", "K004", "K008")
HABITS = ("best_hour", "best_weekday", "cadence_days", "destination_kind", "overdue", "redeems_for", "silence_days",
          "spend_trend")  # fmt: skip
RECKONED = ("spend", "purchase", "recency", "Spending", "spent", "phase", "income", "recurring", "What is likely")


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
            rows = rows.select("customer_no", "customer_id", *HABITS)
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


WAYS = (("customer", "show"), ("explain",))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_was_reckoned_of_them_is_shown(objected, way):
    said = nights.persona(objected, *way, "K000")
    assert (said.code, "objects to" in said.out) == (0, True)
    assert [word for word in RECKONED if word in said.out] == []
    told = nights.persona(objected, *way, "K000", "--json").json
    facts = (told if way == ("explain",) else told["explanation"])["profile"]
    words = ("spend_", "purchases_", "affinity_", "p_", "recency", "income_m", "recurring", "logins", *HABITS, "in_")
    assert {name: value for name, value in facts.items() if name.startswith(words) and value is not None} == {}
    assert facts["age_years"] == 76
    others = nights.persona(objected, *way, "K001", "--json").json
    assert (others if way == ("explain",) else others["explanation"])["profile"]["spend_365d_minor"] > 0


def test_nothing_that_was_reckoned_of_them_stands_on_the_page(objected, tmp_path):
    pages = [tmp_path / "k0.html", tmp_path / "k1.html"]
    for who, page in zip(("K000", "K001"), pages, strict=True):
        assert nights.persona(objected, "customer", "show", who, "--to", str(page)).code == 0
    assert [word for word in RECKONED if word in pages[0].read_text()] == []
    assert "Spending" in pages[1].read_text()


def test_why_not_tells_no_value_that_was_reckoned(objected):
    told = [nights.persona(objected, "explain", who, "--json").json["refused"] for who in WHO]
    rests = [r for refused in told for one in refused for r in one["refusals"] if r["id"] == "rests"]
    assert [(one["says"], one["failing"], one["change"]) for one in rests] == len(rests) * [
        ("has not paid for 25 days", [], [])
    ]
    assert rests
    flown = [r for refused in told for one in refused for r in one["refusals"] if r["id"] == "has_flown"]
    assert flown == []


def test_what_is_held_of_them_is_handed_out_to_them(objected):
    files = nights.persona(objected, "customer", "export", "K000", "--json").json["files"]
    sections = {one["title"]: one["rows"] for one in json.loads((objected / files[0]).read_text())["sections"]}
    counted = {row["what"] for row in sections["What was reckoned in the newest night: signals"]}
    assert "spend_365d_minor" in counted
    assert counted & set(HABITS) == set()
    assert not any(
        f"newest night: {name}" in title for title in sections for name in ("scores", "forecasts", "leanings")
    )


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
        names = (
            "book",
            "signal_models",
            "affinity_model",
            "pattern_model",
            "forecast_models",
            "propensity_model",
            "rates",
        )
        return {name: store.stage(name, generations[name]).rows() for name in names}


def test_no_model_learns_from_them(fresh, tmp_path):
    there = nights.copied(fresh, tmp_path / "there")
    other = learned(there, code="5541", amount="999.00", at="2026-05-20T03:00:00")
    assert learned(fresh) == other
