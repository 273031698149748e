"""Plurals: columns and Jinja choose the form that babel's rules name."""

from types import SimpleNamespace

import polars as pl
import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.errors import PolicyErrors
from persona.messages.filters import formats
from persona.messages.jinja import by_jinja
from persona.messages.language import checked
from persona.messages.passages import Passage
from persona.messages.provenance import approved_figures
from persona.messages.render import rendered
from persona.messages.wording import RESERVED, wordings
from persona.policy.content import Slot
from persona.policy.places import Place

SLOTS = {"days": Slot(type="integer"), "left": Slot(type="integer", need="optional"), "name": Slot(type="text")}
FORMS = {
    "de": ("one", "other"),
    "en": ("one", "other"),
    "pl": ("one", "few", "many"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "fr": ("one", "many", "other"),
    "he": ("one", "two", "other"),
}


def _text(source, language="en"):
    return checked(Passage(source, Place("t.yaml"), SLOTS, language), block=None)


def _both(text, days, language, *, is_html=False):
    words = formats(language, "EUR")
    columns = rendered(text, pl.DataFrame({"days": days}, schema={"days": pl.Int64}), words=words, is_html=is_html)
    jinja = by_jinja(text, words, is_html=is_html)
    return columns.to_list(), [jinja.render(days=one) for one in days]


def _fault(source, language="en"):
    with pytest.raises(PolicyErrors) as told:
        _text(source, language)
    (error,) = told.value.errors
    return error.what


def test_one_day_is_a_day_and_several_are_days():
    text = _text("Noch {{ days | plural(one='# Tag', other='# Tage') }}.", "de")
    written = ["Noch 1 Tag.", "Noch 0 Tage.", "Noch 1.200 Tage.", "Noch -1 Tag."]
    assert _both(text, [1, 0, 1200, -1], "de") == (written, written)


def test_polish_counts_in_three_forms():
    text = _text("{{ days | plural(one='# dzień', few='# dni', many='# dni!') }}", "pl")
    assert _both(text, [1, 3, 5, 12, 22], "pl")[0] == ["1 dzień", "3 dni", "5 dni!", "12 dni!", "22 dni"]


@pytest.mark.parametrize("language", FORMS)
@given(days=st.lists(st.one_of(st.integers(-250, 250), st.integers(-(10**12), 10**12)), min_size=1, max_size=20))
@settings(max_examples=15, deadline=None)
def test_columns_and_jinja_choose_the_form_that_babel_names(language, days):
    said = ", ".join(f"{name}='{name}'" for name in FORMS[language])
    text = _text(f"{{{{ days | plural({said}) }}}}", language)
    days = [*days, 0, 1, 2, 11, 1_000_000]
    rule = Locale.parse(language).plural_form
    named = [rule(one) for one in days]
    assert _both(text, days, language) == (named, named)


def test_the_words_of_a_form_are_approved_words_as_any_others():
    text = _text("{{ days | plural(one='one & a <b>day</b>', other='all 24 hours of # days') }}")
    assert _both(text, [1, 2], "en", is_html=True)[0] == ["one & a <b>day</b>", "all 24 hours of 2 days"]
    assert approved_figures(SimpleNamespace(texts={"text": text})) == "24"


@pytest.mark.parametrize(
    ("source", "language", "fault"),
    [
        ("{{ days | plural }}", "en", "plural in 'en' lacks the form one, other"),
        ("{{ days | plural(one='#', other='#') }}", "pl", "plural in 'pl' lacks the form few, many"),
        (
            "{{ days | plural(one='#', othr='#') }}",
            "en",
            "plural in 'en' has no form othr; it has one, other",
        ),
        ("{{ days | plural('#', '#') }}", "en", "the forms of a plural are texts with names"),
        ("{{ days | plural(one=name, other='#') }}", "en", "the forms of a plural are texts with names"),
        (
            "{{ name | plural(one='#', other='#') }}",
            "en",
            "filter 'plural' takes integer or points, and 'name' is text",
        ),
        ("{{ days | plurl(one='#', other='#') }}", "en", "unknown filter 'plurl'"),
        ("{{ days | number(2) }}", "en", "filter 'number' takes nothing in brackets"),
        ("{{ nmae | plural(one='#', other='#') }}", "en", "unknown slot 'nmae'"),
        ("{{ left | plural(one='#', other='#') }}", "en", "optional slot 'left' is shown where it may be missing"),
        ("{{ days | number | plural(one='#', other='#') }}", "en", "a plural has no filter beside it"),
        ("{{ days | plural(one='#', other='#') | upper }}", "en", "a plural has no filter beside it"),
    ],
)
def test_a_plural_that_cannot_be_written_is_told(source, language, fault):
    assert _fault(source, language) == fault


def test_an_optional_number_is_counted_where_it_is_found():
    text = _text("{% if left %}{{ left | plural(one='#', other='# left') }}{% else %}none{% endif %}")
    frame = pl.DataFrame({"left": [None, 1, 2]}, schema={"left": pl.Int64})
    assert rendered(text, frame, words=formats("en", "EUR"), is_html=False).to_list() == ["none", "1", "2 left"]


@pytest.mark.parametrize("where", ["template", "block"])
def test_a_slot_named_as_a_word_of_the_template_language_is_refused_where_it_stands(bank, where):
    kept = {**bank.templates}, {**bank.blocks}
    key, one = next(iter((kept[0] if where == "template" else kept[1]).items()))
    named = one.model_copy(update={"slots": {**one.slots, "self": Slot(type="text")}})
    kept[where == "block"][key] = named
    with pytest.raises(PolicyErrors, match=r"templates/.*yaml:\d+.*: 'self' is a word of the template language"):
        wordings(kept[0].values(), kept[1], languages=["en", "de"])


def test_every_word_that_jinja_keeps_to_itself_is_reserved():
    assert {"self", "loop", "true", "varargs", "caller", "kwargs", "super", "none", "false", "not"} <= RESERVED
