"""What a template may say beyond columns: written out beforehand, or by Jinja row by row, and counted."""

from time import process_time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from persona.errors import PolicyErrors
from persona.messages.filters import formats
from persona.messages.jinja import row_by_row
from persona.messages.language import checked
from persona.messages.passages import Passage
from persona.messages.render import rendered, written
from persona.messages.unfolded import spelt_out
from persona.policy.content import Slot
from persona.policy.places import Place

SLOTS = {
    "name": Slot(type="text"),
    "nick": Slot(type="text", need="optional"),
    "bonus": Slot(type="money", need="optional"),
    "debt": Slot(type="money", need="optional"),
    "days": Slot(type="integer", need="optional"),
}
SCHEMA = {"name": pl.String, "nick": pl.String, "bonus": pl.Int64, "debt": pl.Int64, "days": pl.Int64}
ANN = ("Ann", "Nan", 2_000, 500, 3)
WORDS = formats("en", "EUR")
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


def _text(source):
    return checked(Passage(source, Place("t.yaml", 7, 5), SLOTS), block=None)


def _by_rows(source, *rows, is_html=False):
    text, values = _text(source), pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return row_by_row(text, written(values, [text], WORDS), WORDS, is_html=is_html).to_list()


def _faults(source):
    with pytest.raises(PolicyErrors) as told:
        _text(source)
    return [error.what for error in told.value.errors]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("{% for x in ('a', 'b') %}{{ x }}{{ name }},{% endfor %}", "a{{ name }},b{{ name }},"),
        ("{% for n in range(3) %}{{ n }}. {% endfor %}", "0. 1. 2. "),
        ("{% for n in range(2, 4) %}{% for x in ['p', 'q'] %}{{ n }}{{ x }} {% endfor %}{% endfor %}", "2p 2q 3p 3q "),
        ("{% for x in ('Ann', 'Bob') %}{% if name == x %}Hi {{ x }}{% endif %}{% endfor %}", None),
        ("{% set both = name ~ ' & Co' %}", None),
        ("{% set both = name ~ ', too' %}{{ both }}/{{ both }}", "{{ name }}, too/{{ name }}, too"),
        ("{{ 'Dear ' ~ name ~ '!' }}", "Dear {{ name }}!"),
        ("x\n{% for n in range(2) %}\n- {{ n }}\n{% endfor %}\ny", "x\n- 0\n- 1\ny"),
    ],
)
@pytest.mark.parametrize("is_html", [False, True])
def test_loops_names_and_joined_texts_are_written_out_and_then_by_columns(source, plain, is_html):
    text, values = _text(source), pl.DataFrame([ANN, ("B<b>", *ANN[1:])], schema=SCHEMA, orient="row")
    assert text.by_row == ()
    made = rendered(text, values, words=WORDS, is_html=is_html).to_list()
    assert made == _by_rows(source, ANN, ("B<b>", *ANN[1:]), is_html=is_html)
    own = Environment(autoescape=is_html, trim_blocks="\n" in source).from_string(source)  # noqa: S701 - as is asked
    assert made == [own.render(name=name, nick="Nan") for name in ("Ann", "B<b>")]
    assert plain is None or made == rendered(_text(plain), values, words=WORDS, is_html=is_html).to_list()


@given(name=NAMES, is_html=st.booleans())
def test_filters_with_arguments_and_joined_texts_are_what_jinja_makes_of_them(name, is_html):
    source = (
        "{% set both = name ~ ' von ' ~ name %}[{{ both | upper }}][{{ name | trim | title }}]"
        "[{{ name | replace('a', 'xyz') }}][{{ (name ~ ' or so') | truncate(12) }}]"
    )
    own = Environment(autoescape=is_html).from_string(source)  # noqa: S701 - as is asked
    assert _text(source).by_row
    assert _by_rows(source, (name, *ANN[1:]), is_html=is_html) == [own.render(name=name)]


@given(bonus=st.integers(-(2**63), 2**63 - 1) | st.none(), debt=st.integers(-(2**63), 2**63 - 1) | st.none())
def test_a_condition_on_a_sum_is_exact_and_false_where_a_value_is_missing(bonus, debt):
    said = _by_rows("{% if bonus - 2 * debt >= 100 %}a{% else %}b{% endif %}", ("Ann", None, bonus, debt, None))
    assert said == ["a" if None not in (bonus, debt) and bonus - 2 * debt >= 100 else "b"]


def test_a_row_without_a_required_value_is_not_written():
    assert _by_rows("{{ name | title }}", (None, *ANN[1:]), ANN) == [None, "Ann"]


def test_the_outline_has_the_words_and_slots_of_what_is_written_row_by_row():
    text = _text("{{ (name ~ ' zero interest') | title }}{% if bonus + debt > 5 %}{{ bonus }} left{% endif %}")
    words = [part.data for node in text.body for part in node.find_all(type(text.body[0].nodes[1]))]
    assert words == [" zero interest", " left"]
    values = pl.DataFrame([ANN], schema=SCHEMA, orient="row")
    assert [*written(values, [text], WORDS).ways] == ["name|", "bonus|money"]


_DOUBLED = "".join(f"{{% set n{at + 1} = n{at} ~ n{at} %}}" for at in range(20))
_IN_ONE_ANOTHER = "".join(f"{{% for {name} in range(20) %}}" for name in "abcd")

HUGE = [
    "{% for n in range(99999999) %}x{% endfor %}",
    "{% for n in range(21) %}x{% endfor %}",
    f"{_IN_ONE_ANOTHER}x{'{% endfor %}' * 4}",
    f"{{% set n0 = name ~ name %}}{_DOUBLED}{{{{ n20 }}}}",
    f"{{% if {' * '.join(['bonus'] * 50)} > 1 %}}x{{% endif %}}",
    "{{ name | replace('a', 'aaaaaaaaaaaaaaaaaaaa') | replace('a', 'aaaaaaaaaaaaaaaaaaaa') }}",
    f"{{{{ name{' | trim' * 6} }}}}",
]


@pytest.mark.parametrize("source", HUGE)
def test_what_grows_without_bounds_is_refused_with_its_line_at_once(source):
    started = process_time()
    with pytest.raises(PolicyErrors, match=r"t\.yaml:7:5"):
        _text(source)
    assert process_time() - started < 2


REFUSED = [
    "{% for x in name %}x{% endfor %}",
    "{% for x in (name, 'b') %}x{% endfor %}",
    "{% for x in ('a', 'b') if x %}x{% endfor %}",
    "{% for x in ('a',) recursive %}x{% endfor %}",
    "{% for x in ('a',) %}x{% else %}y{% endfor %}",
    "{% for x, y in ((1, 2),) %}x{% endfor %}",
    "{% for name in ('a', 'b') %}x{% endfor %}",
    "{% for x in ('a', 'b') %}{{ loop.index }}{% endfor %}",
    "{% for x in ('a', 'b') %}{% endfor %}{{ x }}",
    "{% for x in range(0, 9, 2) %}x{% endfor %}",
    "{% for x in range(n) %}x{% endfor %}",
    "{% set name = 'x' %}",
    "{% set x = 'a' %}{% set x = 'b' %}",
    "{% set x, y = 'a', 'b' %}",
    "{% set x %}a{% endset %}",
    "{% set x = name() %}{{ x }}",
    "{% set x = lipsum %}{{ x }}",
    "{% if nick %}{% set x = nick %}{% endif %}{{ x }}",
    "{% set x = nick %}{{ x }}",
    "{{ '<b>' ~ name }}",
    "{{ true ~ name }}",
    "{{ nick | trim }}",
    "{{ bonus | trim }}",
    "{{ bonus | money | replace('a', '') }}",
    "{{ (name ~ ' 5 %') | upper }}",
    "{{ name | replace('a', '5') }}",
    "{{ name | replace('a', '٥') }}",
    "{{ name | replace('', 'b') }}",
    "{{ name | replace('a', '<') }}",
    "{{ name | replace('a', nick) }}",
    "{{ name | replace(old='a', new='b') }}",
    "{{ name | truncate(3) }}",
    "{{ name | truncate(99999) }}",
    "{{ (name ~ name.x) | upper }}",
    "{{ (name ~ name()) | upper }}",
    "{{ (name ~ 'a') | safe }}",
    "{{ name | trim | safe }}",
    "{{ name | trim | default('x') }}",
    "{{ 'https://x.example' | replace('x', 'y') }}",
    "{{ bonus + debt }}",
    "{{ days * 2 }}",
    "{% if bonus + days > 1 %}x{% endif %}",
    "{% if bonus + name > 1 %}x{% endif %}",
    "{% if bonus ** 9 > 1 %}x{% endif %}",
    "{% if bonus / debt > 1 %}x{% endif %}",
    "{% if bonus + 1.5 > 1 %}x{% endif %}",
    "{% if 1 + 1 == 2 %}x{% endif %}",
    "{% if bonus + bonus.real > 1 %}x{% endif %}",
    "{% if bonus + bonus in (1, 2) %}x{% endif %}",
    "{% if bonus + 1 %}x{% endif %}",
    "{% if bonus + (debt | length) > 1 %}x{% endif %}",
    "{% if 0 < bonus + 1 < 5 %}x{% endif %}",
]


@pytest.mark.parametrize("source", REFUSED)
def test_nothing_else_passes(source):
    assert len(_faults(source)) >= 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Hello {{ name }}, 15 %", "Hello {{ name }}, 15 %"),
        ("{% for n in (15, 20) %}{{ n }} %{% endfor %}", "15 %20 %"),
        ("{% set r = 'percent' %}15 {{ r }}{% if nick %}!{% endif %}", "15 percent{% if x %}!{% else %}{% endif %}"),
        ("{{ '1' ~ '5 %' ~ bonus }}", "15 %{{ bonus }}"),
        (
            "{% if 1 + 1 > x %}a{% elif y %}{{ '5 %' }}{% endif %}",
            "{% if x %}a{% else %}{% if x %}5 %{% else %}{% endif %}{% endif %}",
        ),
        ("15 {{ (' percent' ~ name) | upper }}", "15  percent{{ name }}"),
    ],
)
def test_typed_rates_are_looked_for_in_what_loops_and_names_say(source, said):
    assert spelt_out(source) == said
