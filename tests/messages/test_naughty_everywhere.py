"""Naughty strings as names, merchants and habits in every template of the sample bank and in every kind of file."""

import csv
import html
import io
import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from persona.channels.profile import fitting, renamed
from persona.channels.writers import pieces
from persona.checks.checked import checked
from persona.messages.compose import composed
from persona.messages.recipients import reads
from persona.messages.wording import wordings
from persona.policy.policy import Policy
from persona.policy.rules import Delivery

DAY = date(2026, 7, 1)
VALUES = {pl.Boolean: True, pl.Date: date(2026, 8, 3), pl.Float64: 0.03, pl.Int64: 12_345}
MARK = "\u16a0MARK\u16a1"
PLAIN = ("subject", "preheader", "text", "title", "body")


@pytest.fixture(scope="module")
def naughty():
    data = os.environ.get("PERSONA_REAL_DATA")
    path = Path(data or "") / "torture" / "blns" / "blns.json"
    if not data or not path.is_file():
        pytest.skip("PERSONA_REAL_DATA names no folder with torture/blns/blns.json")
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def policy():
    return Policy.load(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def told(policy):
    """Messages of the sample bank in which a string is the customer's name and every text of his profile."""
    schema = {
        name: policy.profile.schema[name]
        for name in sorted(reads(policy) & policy.profile.schema.keys() - {"customer_no"})
    }
    texts = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)

    def made(strings, treatments):
        pairs = [(one, string) for string in strings for one in treatments]
        rows = [("de" if number % 2 else "en", *one, string) for number, (one, string) in enumerate(pairs)]
        numbers = pl.Series("customer_no", range(len(rows)), dtype=pl.Int64)
        said = pl.Series("said", [row[-1] for row in rows])
        ids = [f"K{number}" for number in numbers]
        profile = pl.DataFrame({"customer_no": numbers, "said": said}).with_columns(
            **{
                name: pl.col("said") if dtype == pl.String else pl.lit(VALUES[dtype.base_type()], dtype)
                for name, dtype in schema.items()
            }
        )
        messages = composed(
            pl.DataFrame(
                {
                    "customer_no": numbers,
                    "customer_id": ids,
                    "message_id": [f"{number:032x}" for number in numbers],
                    "run_id": "2026-07-01-abc",
                    "offer_id": [row[1] for row in rows],
                    "treatment_id": [row[2] for row in rows],
                    "channel": [row[3] for row in rows],
                    "is_ghost": False,
                }
            ),
            profile=profile.with_columns(language=pl.Series([row[0] for row in rows]), zone=pl.lit("Europe/Berlin")),
            people=pl.DataFrame(
                {
                    "customer_id": ids,
                    "first_name": said,
                    "last_name": said,
                    "email": "j@example.com",
                    "phone": "+491713920042",
                    "push_token": "token",
                    "address": said,
                    "postcode": "04999",
                    "city": "Leipzig",
                }
            ),
            policy=policy,
            wordings=texts,
            key=b"k" * 32,
            day=DAY,
        ).messages
        found = checked(messages, policy=policy, day=DAY)
        return found.with_columns(given=said.gather(found["customer_no"]))

    return made


def treatments(policy):
    return [(offer.offer, one.id, one.channel) for offer in policy.offers for one in offer.treatments]


def escaped(text):
    return html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def _with(text, other, own):
    """A text with its own way out in the place of another's, where it has one."""
    return text if other is None else text.replace(other, own)


def shape(row):
    return row["offer_id"], row["treatment_id"], row["locale"], row["variant"]


def test_in_every_template_a_string_stands_as_it_is_or_the_message_is_withheld_with_a_reason(naughty, policy, told):
    every = treatments(policy)
    marked = {shape(row): row for row in told([MARK] * 41, every).iter_rows(named=True)}
    assert {one[:2] for one in marked} == {one[:2] for one in every}
    left = 0
    for row in told(naughty, every).iter_rows(named=True):
        # A blank is no name: it is a missing value, which a template says nothing of or which withholds the message.
        if row["check_id"] is not None or not row["given"].strip():
            continue
        left += 1
        like = marked[shape(row)]
        own, other = row["unsubscribe_url"], like["unsubscribe_url"]
        for name in PLAIN:
            if row[name] is not None:
                assert row[name] == _with(like[name], other, own).replace(MARK, row["given"])
        if row["html"] is not None:
            there = _with(like["html"], other and escaped(other), own and escaped(own))
            there = there.replace(MARK, escaped(row["given"]))
            assert row["html"] == there
    assert left > len(naughty) * len(every) / 2


FILES = {
    "comma": {"format": "csv"},
    "crlf": {"format": "csv", "delimiter": ";", "quoting": "always", "newline": "crlf"},
    "people": {"format": "csv", "read_by_people": True},
    "western": {"format": "csv", "encoding": "cp1252", "delimiter": "\t"},
    "lines": {"format": "jsonl"},
    "parquet": {"format": "parquet"},
}


@pytest.mark.parametrize("kind", FILES)
def test_in_every_kind_of_file_a_string_is_read_back_as_it_was_or_the_row_is_left_out_with_a_reason(kind, naughty):
    profile = Delivery.model_validate({"profile": kind, "channel": "push", "drop": "delivery/push", **FILES[kind]})
    ids = [f"m{number}" for number in range(len(naughty))]
    columns = ["message_id", "title", "body"]
    frame = pl.DataFrame({"message_id": ids, "title": naughty, "body": [f"{text} end" for text in naughty]})
    profile = profile.model_copy(update={"columns": {name: name for name in columns}})
    fit, unfit = fitting(frame, profile)
    assert sorted([*fit["message_id"], *unfit["message_id"]]) == sorted(ids)
    assert set(unfit["reason"]) <= ({"encoding"} if kind == "western" else set())
    written = b"".join(pieces(renamed(fit, profile), profile))
    assert _read(written, profile) == [
        {name: _harmless(text, name, profile) for name, text in row.items()} for row in fit.iter_rows(named=True)
    ]


def _read(written, profile):
    if profile.format == "parquet":
        return pl.read_parquet(io.BytesIO(written)).to_dicts()
    text = written.decode(profile.encoding)
    if profile.format == "jsonl":
        return [json.loads(line) for line in text.split("\n") if line]
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=profile.delimiter))


def _harmless(text, name, profile):
    """What a spreadsheet would run is a text there: its first sign is an apostrophe."""
    is_run = profile.read_by_people and text[:1] in {*"=+-@\t\r"} and name != "message_id"
    is_number = is_run and text[1:2].isdigit() and set(text[1:]) <= set("0123456789., ")
    return f"'{text}" if is_run and not is_number else text
