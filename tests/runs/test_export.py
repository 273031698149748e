"""What a person may see of himself: all of it, and nothing of anybody else."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from fakes import nights

from persona.runs.handout import handout


@pytest.fixture
def written(after):
    ended = nights.persona(after, "customer", "export", "K001", "--json")
    assert ended.code == 0, ended.err
    return [after / path for path in ended.json["files"]]


def sections(path):
    return {one["title"]: one["rows"] for one in json.loads(path.read_text())["sections"]}


def test_it_holds_who_he_is_what_he_did_what_was_reckoned_and_decided(written):
    told = sections(written[0])
    assert told["Who you are and how you are reached"][0]["email"] == "person001@canary.example.org"
    assert {row["customer_id"] for row in told["What the bank delivered: transactions"]} == {"K001"}
    assert any(row["what"] == "lifecycle" for row in told["What was reckoned in the newest night: segments"])
    assert all(row["why"] for row in told["What was decided, and why"])
    assert len(told["What was decided, and why"]) >= 1


def test_it_holds_what_each_message_said(after):
    with nights.opened(after) as store:
        told = store.evidence(store.runs()["run_id"][-1], "decisions").collect().drop_nulls("message_id")
    customer = told.filter(told["channel"] == "sms")["customer_id"].min()
    ended = nights.persona(after, "customer", "export", customer, "--json")
    said = sections(after / ended.json["files"][0])["What the messages said"]
    shown = nights.persona(after, "explain", customer, "--message", "--json").json["messages"]
    assert [row["text"] for row in said] == [one["said"]["body"] for one in shown]


def test_it_holds_nobody_else_and_no_token(written):
    for path in written:
        text = path.read_text()
        assert set(re.findall(r"Quickenborn(\d+)", text)) == {"001"}
        assert set(re.findall(r"\bK\d{3}\b", text)) == {"K001"}
        assert "tok_" not in text


def test_only_their_owner_may_read_the_files_and_an_erasure_takes_them_away(after, written):
    assert [path.stat().st_mode & 0o777 for path in written] == [0o600, 0o600]
    assert nights.persona(after, "customer", "erase", "K001", "--yes").code == 0
    assert [path for path in written if Path(path).exists()] == []


def test_a_customer_who_is_not_there_is_told_so_and_nothing_is_written(after):
    ended = nights.persona(after, "customer", "export", "K999")
    assert (ended.code, "no such customer" in ended.err) == (2, True)
    assert not (after / "exports").exists()


def shown(rows, **columns):
    section = {"title": "T", "rows": rows, "columns": columns}
    return handout({"bank": "B & C", "customer": ["<x>"], "currency": "EUR", "night": "n", "sections": [section]})


def test_the_page_shows_text_as_text_and_allows_its_own_style_alone():
    text = shown([{"a_b": "<script>1</script>"}])
    assert "<script" not in text
    assert "&lt;script&gt;1&lt;/script&gt;" in text
    assert "<th>a b</th>" in text
    style = re.search("<style>(.*?)</style>", text, re.DOTALL).group(1)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text


def test_money_yes_and_no_and_what_is_not_known_are_told_as_people_say_them():
    rows = [{"customer_id": "x", "amount_minor": -123456, "currency": "JPY", "is_open": True, "note": None}]
    text = shown(rows, amount_minor="what was paid")
    assert re.findall("<td[^>]*>(.*?)</td>", text) == ["-123,456 JPY", "JPY", "yes", ""]
    assert "<dt>amount</dt><dd>what was paid</dd>" in text
    assert "-1,234.56 EUR" in shown([{"what": "balance_minor", "value": -123456}])


def test_a_long_single_row_is_read_from_top_to_bottom_without_what_is_empty():
    text = shown([{f"c{number}": number or None for number in range(9)}])
    assert re.findall("<td[^>]*>(.*?)</td>", text)[:4] == ["c1", "1", "c2", "2"]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium to look at the page with")
def test_a_browser_shows_the_page_without_a_complaint(written, tmp_path):
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--enable-logging=stderr",
    )
    (path,) = (one for one in written if one.suffix == ".html")
    command = ["chromium", *flags, f"--user-data-dir={tmp_path}/profile", "--dump-dom", f"file://{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "<h2>Who you are and how you are reached</h2>" in done.stdout
    assert "Content Security Policy" not in done.stderr
