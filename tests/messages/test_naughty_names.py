"""Naughty strings as first names, through every channel into files: unchanged or withheld, never run, never lost."""

import csv
import html
import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from persona.channels.publish import publish
from persona.channels.sealed import Seal
from persona.checks.checked import checked
from persona.clock import AsOf
from persona.messages.compose import composed

FIELD = {"email": ("text", "html", "subject"), "sms": ("body",), "push": ("title",)}
SAYS = {
    "email": ("Dear {} Moe,\n", "<p>Dear {} Moe,</p>\n", "{}, 2.65% a year"),
    "sms": ("Tiny Bank: {}, €1,234.50 end soon.",),
    "push": ("{}, stay",),
}


@pytest.fixture(scope="module")
def naughty():
    data = os.environ.get("PERSONA_REAL_DATA")
    path = Path(data or "") / "torture" / "blns" / "blns.json"
    if not data or not path.is_file():
        pytest.skip("PERSONA_REAL_DATA names no folder with torture/blns/blns.json")
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("channel", ["email", "sms", "push"])
def test_a_naughty_name_arrives_as_it_is_or_not_at_all(channel, naughty, bank, worded, decided, tmp_path):
    messages = checked(
        composed(
            **decided(naughty, channel=channel), policy=bank, wordings=worded, key=b"k" * 32, day=date(2026, 7, 1)
        ).messages,
        policy=bank,
        day=date(2026, 7, 1),
    )
    assert messages.height == len(naughty)
    set_ = publish(
        tmp_path,
        run_id="2026-07-01-abc",
        as_of=AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin"),
        messages=messages,
        workspace=bank.workspace,
        profiles=(),
        modes={},
        facts={},
        seal=Seal(bytes(32)),
    )
    (path,) = (set_.folder / row.name for row in set_.files if row.channel == channel)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = dict(messages.filter(pl.col("check_id").is_null()).select("message_id", "customer_no").rows())
    assert {row["message_id"] for row in rows} == set(names)
    assert len(rows) > len(naughty) / 2
    for row in rows:
        name = naughty[names[row["message_id"]] - 1]
        for field, says in zip(FIELD[channel], SAYS[channel], strict=True):
            written = (
                html.escape(name).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") if field == "html" else name
            )
            assert says.format(written) in row[field]
        assert "<script" not in row.get("html", "").lower()


def test_what_is_withheld_says_why(naughty, bank, worded, decided):
    messages = checked(
        composed(**decided(naughty), policy=bank, wordings=worded, key=b"k" * 32, day=date(2026, 7, 1)).messages,
        policy=bank,
        day=date(2026, 7, 1),
    )
    withheld = messages.filter(pl.col("check_id").is_not_null())
    assert set(withheld["check_id"]) <= {"slot.first_name", "unrendered", "links", "nothing", "control", "length"}
    assert withheld.height < len(naughty) / 2
