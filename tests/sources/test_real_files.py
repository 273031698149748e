"""Strangers' extracts, read by the workspaces that know them by YAML alone."""

import os
from pathlib import Path

import polars as pl
import pytest

from persona.policy.reading import model_of
from persona.policy.rules import Categories
from persona.policy.source import Source
from persona.policy.text import read as read_yaml
from persona.sources import found, read
from persona.tables import CANONICAL, Contract

pytestmark = pytest.mark.skipif(
    "PERSONA_REAL_DATA" not in os.environ, reason="PERSONA_REAL_DATA names no folder of real extracts"
)

WORKSPACES = Path(__file__).parents[1] / "workspaces"
LOOKED_UP = ("account_openings", "dispositions", "districts")
"""References in the order in which they are looked up by one another."""


def model(workspace: Path, name: str, kind):
    return model_of(read_yaml(workspace / "rules" / name, root=workspace), kind)


def taken(tmp_path, workspace: str, data: str, *sources: str):
    """What is read of each delivery of some sources, with the references that the workspace has."""
    (tmp_path / "extracts").symlink_to(Path(os.environ["PERSONA_REAL_DATA"]) / data)
    rules = WORKSPACES / workspace
    categories = model(rules, "categories.yaml", Categories)
    before = [name for name in LOOKED_UP if (rules / "rules" / "sources" / f"{name}.yaml").exists()]
    references, reads = {}, []
    for name in dict.fromkeys((*before, *sources)):
        source = model(rules, f"sources/{name}.yaml", Source)
        contract = CANONICAL.get(source.into) or Contract(source.into, "one row a key", (), ())
        for delivery in found(source, tmp_path):
            done = read(
                delivery,
                source,
                contract=contract,
                references=references,
                categories=categories,
                currency="CZK",
                products=("current", "loan", "card"),
            )
            assert done.rows.height + done.rejects.height + done.filtered + done.duplicates == done.lines
            if name in before:
                references[source.into.removeprefix("references:")] = done.rows
            if name in sources:
                reads.append(done)
    return reads


def test_of_berka_every_whole_booking_is_taken_and_the_cut_one_is_rejected_with_its_line(tmp_path):
    (done,) = taken(tmp_path, "berka", "berka", "transactions")
    assert (done.lines, done.rows.height) == (49_103, 49_102)
    assert done.rejects.rows() == [(49_104, 3_145_701, None, "a quote is not closed")]
    totals = done.rows.select(pl.col("amount_minor").filter(pl.col("amount_minor") > 0).sum(), pl.len())
    assert totals.row(0) == (sum(berka_credits()), 49_102)


def berka_credits() -> list[int]:
    """The incoming amounts, read by hand from the lines."""
    path = Path(os.environ["PERSONA_REAL_DATA"]) / "berka" / "trans.asc"
    fields = [line.split(";") for line in path.read_text("ascii").splitlines()[1:-1]]
    return [int(one[5].replace(".", "")) for one in fields if one[3] == '"PRIJEM"']


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("accounts", 1_229),
        ("clients", 1_489),
        ("holders", 1_489),
        ("loans", 38),
        ("cards", 6),
        ("orders", 1_150),
        ("districts", 77),
        ("dispositions", 1_489),
    ],
)
def test_of_berka_every_other_file_is_taken_whole(tmp_path, source, rows):
    (done,) = taken(tmp_path, "berka", "berka", source)
    assert (done.rows.height, done.rejects.height, done.warnings) == (rows, 0, ())


def test_berkas_birth_numbers_tell_the_day_and_the_gender(tmp_path):
    (done,) = taken(tmp_path, "berka", "berka", "clients")
    second, third = done.rows.sort("_line").head(2).select("customer_id", "born_on", "gender", "region").rows()
    assert (second[0], str(second[1]), second[2], second[3]) == ("2", "1945-02-04", "m", "Prague")
    assert (third[0], str(third[1]), third[2]) == ("3", "1940-10-09", "f")


def test_berkas_two_question_marks_are_figures_that_nobody_has(tmp_path):
    (done,) = taken(tmp_path, "berka", "berka", "districts")
    nulls = done.rows.null_count().row(0, named=True)
    assert {name: count for name, count in nulls.items() if count} == {"unemployment_1995": 1, "crimes_1995": 1}


def test_of_birmingham_all_six_months_are_taken_but_for_one_row_of_nothing(tmp_path):
    months = taken(tmp_path, "birmingham", "birmingham_pcard", "transactions")
    assert [done.rows.height for done in months] == [3_002, 5_227, 3_836, 4_261, 3_163, 5_255]
    assert [row for done in months for row in done.rejects.rows()] == [(5_257, 715_725, "customer_id", "is missing")]
    assert [done.repeated_rows for done in months] == [62, 141, 126, 114, 86, 107]


def test_birminghams_thousands_are_read_and_payments_are_money_from_the_cardholder(tmp_path):
    first, *_ = taken(tmp_path, "birmingham", "birmingham_pcard", "transactions")
    assert first.rows["amount_minor"].min() == -6_120_688
