"""What columns write is compared with what Jinja writes, in every run."""

from datetime import date

import polars as pl
import pytest

from persona.errors import ContractError
from persona.messages import composed, render
from persona.messages.filters import formats
from persona.messages.jinja import COMPARED, compared, sample
from persona.messages.render import together, written

WORDS = formats("en", "EUR")


def _made(worded, names):
    wording = worded["push", "stay", "en"]
    values = pl.DataFrame({"first_name": names, "link": ["https://tiny.example/5"] * len(names)})
    shown = written(values, wording.texts.values(), WORDS)
    made = pl.DataFrame({name: together(text, shown, is_html=False) for name, text in wording.texts.items()})
    return made, (wording, shown)


def test_texts_that_jinja_would_write_the_same_are_let_pass(worded):
    made, known = _made(worded, ["Ann", "<{{ b }}>", None])
    assert compared(made, *known, pl.Series([0, 1, 2]), WORDS) == 3 * made.width
    assert compared(made, *known, pl.Series([], dtype=pl.Int64), WORDS) == 0


def test_one_letter_of_difference_stops_the_run_and_names_the_template_but_no_value(worded):
    made, known = _made(worded, ["Ann", "Bob"])
    wrong = made.with_columns(title=pl.col("title").str.replace("Bob", "Rob"))
    with pytest.raises(ContractError, match="the title of template 'stay'") as told:
        compared(wrong, *known, pl.Series([1]), WORDS)
    assert "Bob" not in str(told.value)
    assert compared(wrong, *known, pl.Series([0]), WORDS) == made.width


def test_the_same_messages_are_compared_whatever_their_order():
    ids = pl.Series([f"{number:032x}" for number in range(1_000)])
    chosen = set(ids.filter(sample(ids)))
    assert len(chosen) == COMPARED
    assert set(ids.reverse().filter(sample(ids.reverse()))) == chosen
    assert sample(ids.head(3)).all()


def test_a_run_compares_the_messages_that_it_makes(bank, worded, decided, monkeypatch):
    monkeypatch.setitem(render._ESCAPED, "&", "&amp")  # a fault of ours
    given = {**decided(["A & B"]), "policy": bank, "wordings": worded, "key": b"k" * 32, "day": date(2026, 7, 1)}
    with pytest.raises(ContractError, match="the html of template 'stay'"):
        composed(**given)
