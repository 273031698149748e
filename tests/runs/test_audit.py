"""The audit: what has shifted, what the data is ready for, what not knowing costs, and the page that says so."""

import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from fakes import bank, nights

from persona.clock import AsOf
from persona.runs.audit import audit
from persona.runs.shifts import shifts
from persona.runs.uses import rated
from persona.runs.workspace import loaded_policy

WORKSPACES = Path(__file__).parents[1] / "workspaces"
real = pytest.mark.skipif("PERSONA_REAL_DATA" not in os.environ, reason="PERSONA_REAL_DATA names no folder of extracts")


def readiness(months, filled):
    tables = pl.DataFrame({"table": ["transactions"], "rows": [10], "history_months": [months]})
    columns = pl.DataFrame({"table": ["transactions"], "column": ["category"], "filled_share": [filled]})
    uses = rated(tables, columns, pl.DataFrame({"rows": [10], "counted": [10]})).rows_by_key(
        "use", named=True, unique=True
    )
    return {name: (uses[name]["rating"], uses[name]["says"]) for name in ("affinity", "churn", "engagement")}


def test_each_use_says_how_far_the_data_is_from_it():
    assert readiness(9, 0.9) == {
        "affinity": ("ready", "9 months; category known of 90 %"),
        "churn": ("partly", "9 of 12 months"),
        "engagement": ("no", "no events"),
    }
    assert readiness(12, 0.4)["affinity"] == ("partly", "12 months; category known of 40 %, 80 % needed")


def retold(root, name, old, new):
    path = root / name
    path.write_text(path.read_text().replace(old, new))


def test_bookings_of_another_currency_are_counted_by_source_and_no_stage_is_silent_about_them(fresh):
    day = bank.NEWEST + bank.timedelta(days=1)
    retold(
        fresh,
        "rules/sources/cards.yaml",
        "{const: EUR}",
        "{expr: \"CASE WHEN card = 'abroad' THEN 'USD' ELSE 'EUR' END\"}",
    )
    rows = list(bank.purchases(bank.NEWEST, 30))
    bank.cards(fresh, bank.NEWEST, [{**row, "card": "abroad"} if n < 90 else row for n, row in enumerate(rows)])
    note = "! 90 bookings in USD (cards) count nowhere: the workspace counts in EUR."
    told = nights.persona(fresh, "audit", "--as-of", str(day))
    assert f"{note} Let their sources deliver amounts in it, or say `currency:`" in told.out
    assert nights.persona(fresh, "audit", "--json").json["foreign"] == [
        {"source": "cards", "currency": "USD", "rows": 90}
    ]
    assert [argv for argv in ("segment", "score", "run") if note not in nights.persona(fresh, argv).out] == []


def test_a_book_in_another_currency_than_the_workspaces_is_ready_for_nothing_that_rests_on_spending(fresh):
    retold(fresh, "persona.yaml", "currency: EUR", "currency: USD")
    told = nights.persona(fresh, "audit", "--json").json
    uses = {one["use"]: (one["rating"], one["says"]) for one in told["uses"]}
    says = f"0 of {told['purchases'][0]['rows']:,} purchases are spending in the workspace's currency"
    assert uses["spending"] == uses["affinity"] == uses["churn"] == ("no", says)
    assert uses["recurring payments"][0] == "partly"


def test_purchases_that_come_in_as_income_are_told_with_the_key_that_turns_them_round(fresh):
    turned = (
        "Source cards: no booking of it is spending. If amounts of purchases are positive there, say `sign: debit_pos"
    )
    assert turned not in nights.persona(fresh, "audit").out
    other = fresh.with_name("other")
    nights.copied(nights.fresh(), other)
    retold(other, "rules/sources/cards.yaml", ", sign: debit_positive", "")
    for control in (other / "extracts").glob("*.ctl"):
        control.unlink()
    retold(other, "rules/sources/cards.yaml", 'control: "extracts/cards_{date:%Y-%m-%d}.ctl"\n', "")
    told = nights.persona(other, "audit")
    assert turned in " ".join(told.out.split())
    assert told.code == 0


def shifted(root):
    with nights.opened(root) as store:
        return shifts(store, loaded_policy(root)).rows_by_key(["source", "measure", "column"], named=True, unique=True)


def test_a_month_like_the_one_before_has_not_shifted(fresh):
    assert nights.persona(fresh, "load", "--quiet").code == 0
    found = shifted(fresh)
    assert {row["level"] for row in found.values()} == {"as before"}
    assert found["cards", "psi", "category"]["now"] < found["cards", "psi", "category"]["by_chance"]


def test_another_mixture_of_purchases_is_told_and_the_bins_are_those_of_the_first_audit(fresh):
    assert nights.persona(fresh, "load", "--quiet").code == 0
    kept = shifted(fresh)
    assert kept["cards", "psi", "mcc"]["level"] == "as before"
    day = bank.NEWEST + bank.timedelta(days=30)
    rows = [{**row, "code": "5411"} for row in bank.purchases(day, 30)]
    bank.cards(fresh, day, rows)
    assert nights.persona(fresh, "load", "--quiet").code == 0
    found = shifted(fresh)
    assert (found["cards", "psi", "mcc"]["level"], found["cards", "psi", "mcc"]["now"] > 0.25) == ("alarm", True)
    with nights.opened(fresh) as store:
        assert store.saved("bins", "cards.mcc") == {"words": ["4511", "5411", "5541"]}


def test_before_the_first_night_there_is_no_invoice_and_afterwards_it_names_what_is_not_known(after, fresh):
    assert nights.persona(fresh, "audit", "--json").json["invoice"] == []
    born = fresh / f"extracts/customers_{bank.NEWEST}.csv"
    born.write_bytes(re.sub(rb";\d\d\.03\.19(5[5-9]);", b";;", born.read_bytes()))
    assert nights.persona(fresh, "run", "--quiet").code == 0
    (line,) = [one for one in nights.persona(fresh, "audit", "--json").json["invoice"] if one["column"] == "age_years"]
    assert (line["condition"], line["sources"], line["customers"]) == ("adult", "customers", 5)
    assert 0 < line["only_for_it"] <= 5
    assert line["value_minor"] > 0
    known = [one for one in nights.persona(after, "audit", "--json").json["invoice"] if one["column"] == "age_years"]
    assert known == []


class Tags(HTMLParser):
    """The tags of a page, its attributes' names, and the addresses that it would fetch."""

    def __init__(self):
        super().__init__()
        self.tags, self.names = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}


def test_the_page_has_no_script_and_a_policy_that_allows_its_own_style_only(after):
    assert nights.persona(after, "audit", "--html", "audit.html", "--quiet").code == 0
    text = (after / "audit.html").read_text()
    tags = Tags()
    tags.feed(text)
    assert not tags.tags & {"script", "img", "link", "iframe", "object", "form", "a"}
    assert not {name for name in tags.names if name.startswith("on") or name in {"style", "src", "href"}}
    style = re.search("<style>(.*?)</style>", text, re.DOTALL).group(1)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    for canary in ("Quickenborn", "@canary", "apptoken", "4929000011112"):
        assert canary not in text
    assert nights.persona(after, "audit", "--html", "again.html", "--quiet").code == 0
    assert (after / "again.html").read_text() == text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium to look at the page with")
def test_a_browser_shows_the_page_without_a_complaint(after, tmp_path):
    assert nights.persona(after, "audit", "--html", "audit.html", "--quiet").code == 0
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--enable-logging=stderr",
    )
    command = ["chromium", *flags, f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{after}/audit.html"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "<h2>How ready the data is</h2>" in done.stdout
    assert "Content Security Policy" not in done.stderr


def audited(tmp_path, workspace, data):
    root = nights.copied(WORKSPACES / workspace, tmp_path / workspace)
    (root / "extracts").symlink_to(Path(os.environ["PERSONA_REAL_DATA"]) / data)
    told = nights.persona(root, "audit", "--json")
    assert told.code == 0, told.err
    return json.loads(told.out)


@real
@pytest.mark.slow
def test_of_berka_the_audit_tells_every_fault_that_is_known_of_it(tmp_path):
    told = audited(tmp_path, "berka", "berka")
    odd = {(Path(one["file"]).name, one["kind"], one["column"]): one["rows"] for one in told["oddities"]}
    assert odd == {
        ("client.asc", "shifted_month", "birth_number"): 734,
        ("district.asc", "hidden_null", "A12"): 1,
        ("district.asc", "hidden_null", "A15"): 1,
        ("order.asc", "blank_value", "k_symbol"): 291,
        ("trans.asc", "broken_lines", None): 1,
        ("trans.asc", "mixed_empty", "k_symbol"): 1_677,
        ("trans.asc", "negative", "balance"): 93,
        ("trans.asc", "rare_code", "type"): 651,
    }
    assert all(source["accounted"] for source in told["sources"])


@real
@pytest.mark.slow
def test_of_birmingham_the_audit_tells_every_fault_that_is_known_of_it(tmp_path):
    told = audited(tmp_path, "birmingham", "birmingham_pcard")
    found = {(Path(one["file"]).name[-10:-4], one["kind"], one["column"]): one["rows"] for one in told["oddities"]}
    gross, billed = "ORIGINAL GROSS AMT", "BILLING GROSS AMT"
    kinds = {"grouped_numbers", "negative"}
    assert {key: rows for key, rows in found.items() if key[1] not in kinds | {"repeated_rows"}} == {
        ("201612", "missing_columns", None): 3,
        ("201701", "blank_in_header", None): 13,
        ("201704", "not_utf8", None): 1,
        ("201705", "not_utf8", None): 6,
        ("201705", "blank_rows", None): 1,
    }
    rows = {"201612": 3_002, "201701": 5_227, "201702": 3_836, "201703": 4_261, "201704": 3_163, "201705": 5_255}
    for month in rows:
        columns = (gross,) if month == "201612" else (gross, billed)
        assert {(month, kind, column) for kind in kinds for column in columns} <= set(found)
    same = {month: found[month, "repeated_rows", None] for month in rows}
    assert same == {"201612": 57, "201701": 130, "201702": 121, "201703": 110, "201704": 79, "201705": 98}
    (source,) = [one for one in told["sources"] if one["source"] == "transactions"]
    assert (source["lines"], source["loaded"], source["rejected"]) == (sum(rows.values()) + 1, sum(rows.values()), 1)
    ratings = {one["use"]: (one["rating"], one["says"]) for one in told["uses"]}
    assert ratings["churn"] == ("partly", "9 of 12 months")
    assert ratings["affinity"][0] == "ready"


def test_many_rows_are_counted_some_buckets_at_a_time_with_the_same_result(fresh, monkeypatch):
    assert nights.persona(fresh, "load", "--quiet").code == 0
    policy = loaded_policy(fresh)
    with nights.opened(fresh) as store:
        as_of = AsOf.at_start_of(bank.NEWEST + bank.timedelta(days=1), policy.workspace.zone)
        whole = audited_by(store, policy, as_of)
        monkeypatch.setattr("persona.runs.audit.MANY", 100)
        monkeypatch.setattr("persona.runs.shifts.MANY", 100)
        by_part = audited_by(store, policy, as_of)
    assert by_part == whole
    assert {row[0]: row[1] for row in whole[0]}["transactions"] > 500


def audited_by(store, policy, as_of):
    made = audit(store, policy, as_of)
    return made.tables.rows(), made.columns.rows(), made.shifts.rows()
