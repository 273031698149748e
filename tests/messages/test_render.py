import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, Template, nodes

from persona.messages.draft import WATERMARK, watermarked
from persona.messages.filters import formats
from persona.messages.language import checked
from persona.messages.passages import Passage
from persona.messages.render import rendered
from persona.policy.content import Slot
from persona.policy.places import Place

SLOTS = {
    "name": Slot(type="text"),
    "nick": Slot(type="text", need="optional"),
    "bonus": Slot(type="money", need="optional"),
}
SCHEMA = {"name": pl.String, "nick": pl.String, "bonus": pl.Int64}
WORDS = formats("en", "EUR")
OPTIONAL_BONUS = st.sampled_from([None, 0, 99, 100, 700, -5])


def _rendered(source, *rows, is_html=False):
    text = checked(Passage(source, Place("t.yaml"), SLOTS), block=None)
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return rendered(text, frame, words=WORDS, is_html=is_html).to_list()


def test_each_row_is_written_with_its_own_values():
    source = "{{ name }}{% if bonus > 1000 %} gets {{ bonus }}{% elif nick %} alias {{ nick }}{% else %}!{% endif %}"
    rows = [("Ann", None, 2_000), ("Bob", "B", 500), ("Eve", None, None)]
    assert _rendered(source, *rows) == ["Ann gets €20.00", "Bob alias B", "Eve!"]


def test_a_comparison_with_a_missing_value_is_false_either_way():
    source = "{% if bonus < 5 %}a{% endif %}{% if bonus >= 5 %}b{% endif %}{% if bonus != 5 %}c{% endif %}."
    assert _rendered(source, ("Ann", None, None), ("Bob", None, 7)) == [".", "bc."]


def test_a_row_without_a_required_value_is_not_written():
    assert _rendered("Dear {{ name }}", (None, None, None), ("Ann", None, None)) == [None, "Dear Ann"]


def test_a_text_without_slots_is_the_same_in_every_row():
    assert _rendered("Hello", ("Ann", None, None), ("Bob", None, None)) == ["Hello", "Hello"]


@given(st.text(max_size=30).filter(lambda name: "\x00" not in name))
def test_a_value_is_never_read_as_a_template_and_html_is_always_escaped(name):
    assert _rendered("[{{ name }}]", (name, None, None)) == [f"[{name}]"]
    (html,) = _rendered("[{{ name }}]", (name, None, None), is_html=True)
    assert not set("<>\"'") & set(html)


@given(st.text(st.characters(exclude_characters="{}\r\x00", exclude_categories=["Cs"]), max_size=60))
def test_text_without_braces_is_written_as_it_stands(words):
    expected = words.removesuffix("\n")
    assert _rendered(f"{words}{{# nothing #}}", ("Ann", None, None)) == [words]
    assert _rendered(words, ("Ann", None, None)) == [expected]


def test_a_draft_says_so_in_every_text():
    messages = pl.DataFrame(
        {
            "subject": ["Hi", None],
            "title": [None, "Hi"],
            "html": ["<html><body bgcolor='x'>Hi</body></html>", None],
            "text": ["Hi", None],
            "body": [None, "Hi"],
        }
    )
    first, second = watermarked(messages).rows()
    assert first[0] == f"{WATERMARK}: Hi"
    assert first[2].startswith("<html><body bgcolor='x'><p style=")
    assert first[3] == f"{WATERMARK}\nHi"
    assert second == (None, f"{WATERMARK}: Hi", None, None, f"{WATERMARK}\nHi")


RICH = (
    "{{ name | upper }} & {{ name }}{% if nick and not bonus %} <b>{{ nick | capitalize }}</b>{% elif bonus == 700 %}=7"
    "{% elif bonus >= 100 or nick == 'x' %}{% if bonus %} {{ bonus }}/{{ bonus | money_short }}{% endif %}{% else %}-"
    "{% endif %}."
)


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "<'\"&>"]), st.sampled_from([None, "", "x", "&"]), OPTIONAL_BONUS)),
    st.booleans(),
)
def test_columns_write_what_jinja_writes_for_each_row(rows, is_html):
    text = checked(Passage(RICH, Place("t.yaml"), SLOTS), block=None)
    environment = Environment(autoescape=is_html, undefined=StrictUndefined)  # noqa: S701 - both ways are compared
    environment.filters.update(WORDS.filters)
    environment.tests["none"] = lambda value: value is None
    tree = nodes.Template(list(text.body), lineno=1)
    tree.set_environment(environment)
    template = Template.from_code(environment, environment.compile(tree), environment.globals)
    assert _rendered(RICH, *rows, is_html=is_html) == [template.render(zip(SCHEMA, row, strict=True)) for row in rows]
