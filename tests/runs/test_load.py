import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from persona.clock import AsOf
from persona.errors import ExtractError
from persona.policy.policy import Policy
from persona.runs.audit import audit
from persona.runs.load import load
from persona.store import Store

WORKSPACE = """
persona: 1
name: bank
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
products: [current]
sender: {name: B, from_email: b@example.com, reply_to: b@example.com, postal_address: 1 S,
  privacy_url: "https://example.com/p", unsubscribe_url: "https://example.com/u"}
"""
CORE = """
source: core
files: "extracts/core_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [id]
columns: {customer_id: {from: id}, email: {from: mail}, region: {from: region}}
"""
HOLDERS = """
source: holders
files: "extracts/holders_{date:%Y-%m-%d}.csv"
into: account_holders
delivery: snapshot
key: [acc, id]
columns: {account_id: {from: acc}, customer_id: {from: id}, role: {const: OWNER}}
"""
CARDS = """
source: cards
files: "extracts/cards_{date:%Y-%m-%d}.csv"
into: transactions
key: [ref]
columns:
  txn_id: {from: ref}
  account_id: {from: acc}
  booked_at: {from: day, format: "%Y-%m-%d", zone: Europe/Berlin}
  amount_minor: {from: amount, minor_units: 2}
  currency: {const: EUR}
"""
FILES = {
    "core_2026-01-31.csv": "id,mail,region\nA,ann@example.com,N\nB,,S\n",
    "holders_2026-01-31.csv": "acc,id\nACC1,A\n",
    "cards_2026-01-31.csv": "ref,acc,day,amount\nt1,ACC1,2026-01-30,-1.50\nt2,ACC2,2026-01-30,-2.00\n",
}


@pytest.fixture
def bank(tmp_path):
    for name, text in (("core", CORE), ("holders", HOLDERS), ("cards", CARDS)):
        write(tmp_path / "rules/sources" / f"{name}.yaml", text)
    write(tmp_path / "persona.yaml", WORKSPACE)
    for name, text in FILES.items():
        write(tmp_path / "extracts" / name, text)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def loaded(root, act=lambda _store, summary: summary):
    """What ``act`` finds after the workspace's extracts were loaded."""
    policy = Policy.load(root)
    with Store.open(root, policy.workspace) as store:
        return act(store, load(policy, store, root=root, progress=lambda *_: None))


def bookings(store, _summary):
    rows = store.scan("transactions").select("txn_id", "amount_minor", "customer_no").sort("txn_id")
    return rows.collect().rows()


def counts(summary, *names):
    return summary.frame().select("source", *names).rows()


def test_every_source_is_loaded_and_its_lines_are_counted(bank):
    summary = loaded(bank)
    assert counts(summary, "new", "known", "lines", "loaded", "unlinked") == [
        ("core", 1, 0, 2, 2, 0),
        ("holders", 1, 0, 1, 1, 0),
        ("cards", 1, 0, 2, 2, 1),
    ]


def test_a_booking_by_account_is_its_owners_on_the_first_night(bank):
    assert loaded(bank, bookings) == [("t1", -150, 1), ("t2", -200, None)]


def test_the_same_extracts_again_are_known_and_change_nothing(bank):
    before = loaded(bank, lambda store, _: store.facts_fingerprint())
    summary = loaded(bank)
    assert summary.is_unchanged
    assert counts(summary, "new", "known", "lines") == [("core", 0, 1, 0), ("holders", 0, 1, 0), ("cards", 0, 1, 0)]
    assert loaded(bank, lambda store, _: store.facts_fingerprint()) == before


def test_the_same_file_under_another_name_is_known(bank):
    loaded(bank)
    write(bank / "extracts/cards_2026-02-28.csv", FILES["cards_2026-01-31.csv"])
    assert counts(loaded(bank), "new", "known")[-1] == ("cards", 0, 2)


def test_a_changed_file_takes_the_place_of_its_rows(bank):
    loaded(bank)
    write(bank / "extracts/cards_2026-01-31.csv", "ref,acc,day,amount\nt1,ACC1,2026-01-30,-9.00\n")
    assert loaded(bank, bookings) == [("t1", -900, 1)]


def test_other_rules_load_a_file_anew(bank):
    loaded(bank)
    write(bank / "rules/sources/cards.yaml", CARDS.replace("minor_units: 2}", "minor_units: 2, sign: debit_positive}"))
    summary = loaded(bank)
    assert counts(summary, "new", "replaced", "known")[-1] == ("cards", 0, 1, 0)
    assert loaded(bank, bookings) == [("t1", 150, 1), ("t2", 200, None)]


def test_another_owner_or_limit_of_a_source_does_not_load_it_anew(bank):
    loaded(bank)
    write(bank / "rules/sources/cards.yaml", CARDS + "owner: someone\nmax_rejected_rows: 5\n")
    assert loaded(bank).is_unchanged


def test_rows_go_to_the_holder_who_is_delivered_later(bank):
    loaded(bank)
    write(bank / "extracts/holders_2026-02-28.csv", "acc,id\nACC1,B\nACC2,A\n")
    assert loaded(bank, bookings) == [("t1", -150, 2), ("t2", -200, 1)]


def test_one_bad_extract_stops_the_night_and_costs_the_others_nothing(bank):
    write(bank / "extracts/core_2026-01-31.csv", "id,e_mail,region\nA,x,N\n")
    with pytest.raises(ExtractError, match=r"extracts/core_2026-01-31\.csv") as told:
        loaded(bank)
    assert told.value.exit_code == 3
    with Store.open(bank, Policy.load(bank).workspace) as store:
        assert store.deliveries()["source"].to_list() == ["holders", "cards"]


def test_all_bad_extracts_are_told_at_once(bank):
    for name in ("core", "cards"):
        write(bank / f"extracts/{name}_2026-01-31.csv", "")
    with pytest.raises(ExtractError) as told:
        loaded(bank)
    text = str(told.value)
    assert "extracts/core_2026-01-31.csv" in text
    assert "extracts/cards_2026-01-31.csv" in text
    assert text.endswith("2 files were not accepted; all others are loaded.")


def test_a_missing_extract_names_the_pattern_and_the_nearest_file(bank):
    (bank / "extracts/cards_2026-01-31.csv").rename(bank / "extracts/card-2026-01-31.csv")
    with pytest.raises(ExtractError, match=r"source cards: no file fits extracts/cards_\{date:%Y-%m-%d\}\.csv") as told:
        loaded(bank)
    assert "Nearest in extracts/: card-2026-01-31.csv." in str(told.value)


@pytest.mark.parametrize("taken_before", [False, True])
def test_a_control_file_without_its_extract_is_told_and_the_others_are_loaded(bank, taken_before):
    control = 'control: "extracts/cards_{date:%Y-%m-%d}.ctl"\n'
    write(bank / "rules/sources/cards.yaml", CARDS + control)
    write(bank / "extracts/cards_2026-01-31.ctl", "rows=2\n")
    write(bank / "extracts/cards_2026-02-28.ctl", "rows=7\n")
    if not taken_before:
        (bank / "extracts/cards_2026-01-31.csv").unlink()
        (bank / "extracts/cards_2026-01-31.ctl").unlink()
    with pytest.raises(ExtractError) as refused:
        loaded(bank)
    assert str(refused.value) == (
        "extracts/cards_2026-02-28.ctl: announces an extract of source cards, and none of its day is there\n"
        "  Deliver the extract that fits extracts/cards_{date:%Y-%m-%d}.csv, or take the control file away."
    )
    (bank / "extracts/cards_2026-02-28.ctl").unlink()
    (bank / "extracts/cards_2026-01-31.csv").unlink(missing_ok=True)
    if taken_before:
        assert counts(loaded(bank), "known") == [("core", 1), ("holders", 1), ("cards", 0)]


def test_an_extract_that_was_taken_away_after_it_was_loaded_is_not_missed(bank):
    loaded(bank)
    (bank / "extracts/cards_2026-01-31.csv").unlink()
    assert loaded(bank).is_unchanged


def test_rejected_rows_above_the_limit_stop_the_source_and_wait_in_quarantine(bank):
    write(bank / "extracts/cards_2026-01-31.csv", FILES["cards_2026-01-31.csv"] + "t3,ACC1,2026-01-30,canary\n")
    with pytest.raises(ExtractError, match="amount_minor is not a number in 1 of 3 rows") as told:
        loaded(bank)
    assert "canary" not in str(told.value)
    with Store.open(bank, Policy.load(bank).workspace) as store:
        kept = store.catalog.run("SELECT source, line, column_name FROM rejects")
    assert kept == [("cards", 4, "amount_minor")]


def test_what_is_rejected_within_the_limit_leaves_the_rest_loaded(bank):
    write(bank / "extracts/cards_2026-01-31.csv", FILES["cards_2026-01-31.csv"] + "t3,ACC1,2026-01-30,canary\n")
    write(bank / "rules/sources/cards.yaml", CARDS + "max_rejected_rows: 1\n")
    assert counts(loaded(bank), "lines", "loaded", "rejected")[-1] == ("cards", 3, 2, 1)


def test_identifiers_are_in_the_vault_and_nowhere_else(bank):
    loaded(bank)
    state = b"".join(path.read_bytes() for path in (bank / "state").rglob("*") if path.is_file())
    assert b"ann@example.com" not in state
    shown = loaded(bank, lambda store, _: store.vault.reveal(pl.Series(["A"]))["email"].to_list())
    assert shown == ["ann@example.com"]


def test_the_audit_tells_what_the_facts_are_good_for(bank):
    write(bank / "extracts/cards_2026-01-31.csv", FILES["cards_2026-01-31.csv"] + "t3,ACC1,2026-01-30,canary\n")
    write(bank / "rules/sources/cards.yaml", CARDS + "max_rejected_rows: 1\n")
    as_of = AsOf.at_start_of(date(2026, 2, 3), "Europe/Berlin")
    report = loaded(bank, lambda store, _: audit(store, Policy.load(bank), as_of))
    booked = report.tables.filter(pl.col("table") == "transactions").row(0, named=True)
    assert booked == {
        "table": "transactions",
        "rows": 2,
        "repeated_keys": 0,
        "customers": 1,
        "unlinked": 1,
        "orphans": 0,
        "first_on": date(2026, 1, 30),
        "last_on": date(2026, 1, 30),
        "history_months": 1,
        "delivered_on": date(2026, 1, 31),
        "freshness_days": 3,
    }
    filled = report.columns.filter(pl.col("table") == "customers", pl.col("column").is_in(["email", "zone"]))
    assert filled.select("column", "nulls", "filled_share").rows() == [("zone", 2, 0.0), ("email", 1, 0.5)]
    assert report.rejects.rows() == [
        ("cards", "amount_minor", "is not a number", 1, "extracts/cards_2026-01-31.csv", 4)
    ]
    assert report.unmapped_share == 1.0


def test_the_audit_of_a_new_workspace_says_unknown_and_not_zero(bank):
    policy = Policy.load(bank)
    as_of = AsOf.at_start_of(date(2026, 2, 3), "Europe/Berlin")
    with Store.open(bank, policy.workspace) as store:
        report = audit(store, policy, as_of)
    assert report.unmapped_share is None
    assert report.columns["filled_share"].null_count() == report.columns.height
    assert report.tables["freshness_days"].to_list() == [None, None, None]


def test_a_file_that_waits_for_a_reference_is_not_read_without_it(bank):
    district = {"source": "district", "files": "extracts/d_{date:%Y}.csv", "into": "references:district", "key": "code"}
    columns = {"code": {"from": "code"}, "name": {"from": "name"}}
    write(bank / "rules/sources/district.yaml", json.dumps({**district, "columns": columns}))
    looked_up = "region: {from: region, lookup: references:district.name, key: code}"
    write(bank / "rules/sources/core.yaml", CORE.replace("region: {from: region}", looked_up))
    write(bank / "extracts/d_2026.csv", "")
    with pytest.raises(ExtractError, match="was not loaded, because references:district could not be loaded"):
        loaded(bank)
    write(bank / "extracts/d_2026.csv", "code,name\nN,North\nS,South\n")
    regions = loaded(bank, lambda store, _: store.scan("customers").collect()["region"].sort().to_list())
    assert regions == ["North", "South"]
    write(bank / "extracts/d_2026.csv", "code,name\nN,Far North\nS,South\n")
    regions = loaded(bank, lambda store, _: store.scan("customers").collect()["region"].sort().to_list())
    assert regions == ["Far North", "South"]


CHANGED = """
source: core
files: "extracts/core_{date:%Y-%m-%d}.csv"
into: customers
delivery: changes
op: {column: what, delete: D}
key: [id]
columns: {customer_id: {from: id}, region: {from: region}}
"""


@pytest.mark.parametrize(
    ("third", "new", "region"),
    [("core_2026-03-31.csv", 1, "N"), ("core_2026-02-28.copy.csv", 0, "S"), ("core_2026-02-28_2.csv", 0, "S")],
)
def test_changes_that_go_back_count_on_a_later_day_and_a_copy_of_a_day_does_not(bank, third, new, region):
    write(bank / "rules/sources/core.yaml", CHANGED.replace("}.csv", "}*.csv"))
    write(bank / "extracts/core_2026-01-31.csv", "what,id,region\nU,A,N\n")
    write(bank / "extracts/core_2026-02-28.csv", "what,id,region\nU,A,S\n")
    loaded(bank)
    again = "core_2026-01-31.csv" if new else "core_2026-02-28.csv"
    write(bank / "extracts" / third, (bank / "extracts" / again).read_text())
    assert counts(loaded(bank), "new")[0] == ("core", new)
    assert counts(loaded(bank), "new", "known")[0] == ("core", 0, 3)
    regions = loaded(
        bank, lambda store, _: store.scan("customers", as_of=date(2026, 7, 1)).collect()["region"].to_list()
    )
    assert regions == [region]
