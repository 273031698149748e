"""What is odd in files, found without being told."""

import os
from pathlib import Path

import polars as pl
import pytest

from persona.policy.reading import model_of
from persona.policy.source import Source
from persona.policy.text import read as read_yaml
from persona.sources import found
from persona.sources.observed import looked_through, names_of, observed

WORKSPACES = Path(__file__).parents[1] / "workspaces"
real = pytest.mark.skipif("PERSONA_REAL_DATA" not in os.environ, reason="PERSONA_REAL_DATA names no folder of extracts")


def told(rows):
    return [(one.kind, one.column, one.rows) for one in looked_through(pl.DataFrame(rows))]


def column(*words, times=1):
    """A column of words beside a running number, so that no two rows are the same."""
    values = [word for word in words for _ in range(times)]
    return {"no": [f"r{n}" for n in range(len(values))], "x": values}


def test_nothing_is_odd_in_a_plain_column():
    assert told(column("a", "b", "", times=30)) == []


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        (("1.5", "2", "?"), ("hidden_null", "x", 1)),
        (("a", "", " "), ("mixed_empty", "x", 1)),
        (("a", " "), ("blank_value", "x", 1)),
        (("1,200.50", "3.00", "10.00"), ("grouped_numbers", "x", 1)),
        (("5", "7", "-1"), ("negative", "x", 1)),
        (("910212", "915312", "916230"), ("shifted_month", "x", 2)),
    ],
)
def test_each_kind_of_oddity_is_told_with_its_column_and_count(words, finding):
    assert told(column(*words)) == [finding]


def test_words_among_figures_are_told_where_nearly_all_are_figures():
    assert told(column(*map(str, range(40)), "abc")) == [("not_numbers", "x", 1)]


def test_rows_of_nothing_and_rows_that_are_the_same_are_told():
    assert told({"a": ["1x", "1x", " "], "b": ["y", "y", ""]})[:2] == [
        ("blank_rows", None, 1),
        ("repeated_rows", None, 1),
    ]


def test_a_rare_code_spelt_nearly_like_another_is_told_and_a_word_of_few_rows_is_not_shown():
    words = ["accepted"] * 900 + ["Accept"] * 30 + ["accepto"] * 3
    found_ = [one for one in looked_through(pl.DataFrame(column(*words))) if one.kind == "rare_code"]
    assert [(one.rows, one.says) for one in found_] == [(30, "Accept, which is spelt nearly like accepted")]


def test_a_rare_code_that_is_a_word_of_another_column_of_its_row_is_told():
    rows = {"no": [str(n) + "k" for n in range(1_000)], "type": ["IN"] * 970 + ["CASH"] * 30}
    other = {"how": ["CARD", "CASH"] * 485 + ["CASH"] * 30}
    assert told(rows | other) == [("rare_code", "type", 30)]


def files(tmp_path, workspace, data, name):
    (tmp_path / "extracts").symlink_to(Path(os.environ["PERSONA_REAL_DATA"]) / data)
    rules = WORKSPACES / workspace
    source = model_of(read_yaml(rules / f"rules/sources/{name}.yaml", root=rules), Source)
    return [(delivery, source) for delivery in found(source, tmp_path)]


def of_file(delivery, source):
    return {(one.kind, one.column): one.rows for one in observed(delivery, source)}


@real
@pytest.mark.parametrize(
    ("name", "findings"),
    [
        (
            "transactions",
            {
                ("broken_lines", None): 1,
                ("rare_code", "type"): 651,
                ("mixed_empty", "k_symbol"): 1_677,
                ("negative", "balance"): 93,
            },
        ),
        ("clients", {("shifted_month", "birth_number"): 734}),
        ("districts", {("hidden_null", "A12"): 1, ("hidden_null", "A15"): 1}),
        ("cards", {}),
        ("loans", {}),
        ("accounts", {}),
    ],
)
def test_berkas_faults_are_found_and_none_where_there_is_none(tmp_path, name, findings):
    ((delivery, source),) = files(tmp_path, "berka", "berka", name)
    assert of_file(delivery, source) == findings


@real
def test_berkas_last_line_is_told_to_have_no_end(tmp_path):
    ((delivery, source),) = files(tmp_path, "berka", "berka", "transactions")
    (broken,) = [one.says for one in observed(delivery, source) if one.kind == "broken_lines"]
    assert broken == "records that cannot be read; its last line has no end"


@real
def test_birminghams_faults_are_found_in_the_months_that_have_them(tmp_path):
    months = files(tmp_path, "birmingham", "birmingham_pcard", "transactions")
    by_month = [of_file(*month) for month in months]
    rare = ("blank_in_header", "not_utf8", "blank_rows")
    assert [[kind for kind in rare if (kind, None) in month] for month in by_month] == [
        *([], ["blank_in_header"], [], []),
        *(["not_utf8"], ["not_utf8", "blank_rows"]),
    ]
    for kind in ("grouped_numbers", "negative"):
        assert all(month[kind, "ORIGINAL GROSS AMT"] > 50 for month in by_month)
    assert [month["repeated_rows", None] for month in by_month] == [57, 130, 121, 110, 79, 98]
    assert [len(names_of(*month)) for month in months] == [11, 14, 14, 14, 14, 14]
