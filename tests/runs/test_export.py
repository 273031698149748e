"""What a person may see of himself: all of it, and nothing of anybody else."""

import json
import re
from pathlib import Path

import pytest
from fakes import nights

from persona.runs.export import page


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


def test_the_page_shows_text_as_text_and_loads_nothing():
    said = {"bank": "B & C", "customer": ["<x>"], "sections": [{"title": "T", "rows": [{"a_b": "<script>1</script>"}]}]}
    shown = page(said)
    assert "<script" not in shown
    assert "&lt;script&gt;1&lt;/script&gt;" in shown
    assert "default-src 'none'" in shown
    assert '<th title="">a b</th>' in shown
