from time import process_time

import pytest
from jinja2 import nodes

from persona.errors import PolicyError, PolicyErrors
from persona.messages.language import checked
from persona.messages.passages import Passage
from persona.policy.content import Slot
from persona.policy.places import Place

SLOTS = {
    "name": Slot(type="text"),
    "nick": Slot(type="text", need="optional"),
    "bonus": Slot(type="money"),
    "apr": Slot(type="rate", need="optional"),
    "ends": Slot(type="date"),
    "link": Slot(type="url"),
}
PLACE = Place("templates/email/hello.yaml", 7, 5)


def _passage(source, slots=SLOTS, file=PLACE.file):
    return Passage(source, Place(file, 7, 5), slots)


def _checked(source, **blocks):
    def block(name, place):
        if name not in blocks:
            raise PolicyError.unknown("block", name, blocks, where=str(place))
        return _passage(blocks[name], file=f"templates/blocks/{name}.yaml")

    return checked(_passage(source), block=block)


def _faults(source, **blocks):
    with pytest.raises(PolicyErrors) as told:
        _checked(source, **blocks)
    return [error.what for error in told.value.errors]


def test_slots_filters_conditions_and_blocks_are_what_columns_write():
    text = _checked(
        "{% if nick %}{{ nick | upper }}{% elif bonus >= 1000 and not apr %}{{ bonus }}{% else %}{{ name }}{% endif %}"
        "{% include 'foot' %}",
        foot="until {{ ends | day_long }}",
    )
    assert sorted(text.slots) == ["apr", "bonus", "ends", "name", "nick"]
    assert text.blocks == ("foot",)


INJECTIONS = [
    "{{ ''.__class__.__mro__ }}",
    "{{ name.format(x) }}",
    "{{ name['a'] }}",
    "{{ name() }}",
    "{{ lipsum(n=20000) }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ name | attr('format') }}",
    "{{ name | safe }}",
    "{{ name | default('x') }}",
    "{{ name | xmlattr }}",
    "{{ name | map('upper') }}",
    "{{ name | upper() | replace('a', nick) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 99999 }}",
    "{{ '<b>printed' }}",
    "{{ name ~ nick }}",
    "{{ name if name else nick }}",
    "{{ [name] }}",
    "{% for x in range(99999999) %}{% endfor %}",
    "{% set name = 'x' %}",
    "{% macro m() %}{% endmacro %}",
    "{% import 'os' as os %}",
    "{% from 'x' import y %}",
    "{% extends 'base' %}",
    "{% block b %}{% endblock %}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call name() %}{% endcall %}",
    "{% with x = name %}{% endwith %}",
    "{% if name is defined %}{% endif %}",
    "{% if name is none %}{% endif %}",
    "{% if name.x %}{% endif %}",
    "{% if name in ('a', 'b') %}{% endif %}",
    "{% if 1 == 1 %}{% endif %}",
    "{% include name %}",
    "{% include '../../etc/passwd' %}",
    "{% include ['a', 'b'] %}",
    "{% include 'foot' ignore missing %}",
    "{% include 'foot' without context %}",
    "{{ unknown }}",
    "{{ bonus | shout }}",
    "{% if %}",
    "{{ name",
    "{% do name.clear() %}",
    "{{ name | upper | money }}",
]


@pytest.mark.parametrize("source", INJECTIONS)
def test_nothing_else_passes(source):
    assert len(_faults(source, foot="")) >= 1


EXHAUSTING = [
    "{{ (" + "(" * 5000,
    "{% if name %}" * 5000,
    "{% if name %}" * 50 + "{% endif %}" * 50,
    "{% if name %}" + "{% elif bonus %}x" * 50 + "{% endif %}",
    "{% if " + " or ".join(["name"] * 6000) + " %}{% endif %}",
    "{{ not " * 20_000,
    "{" * 60_000,
    "a" * 60_001,
]


@pytest.mark.parametrize("source", EXHAUSTING)
def test_a_text_made_to_exhaust_the_reader_is_refused(source):
    assert len(_faults(source)) == 1


def test_a_text_with_very_many_faults_tells_the_first_of_them_at_once():
    started = process_time()
    assert _faults("{{ x }}\n" * 7000) == ["unknown slot 'x'"] * 20
    assert process_time() - started < 5


def test_everything_wrong_is_told_at_once_with_file_and_line():
    with pytest.raises(PolicyErrors) as told:
        _checked("{{ nmae }}{{ bonus | rate }}{% include 'foot' %}", foot="{{ name.x }}")
    assert str(told.value) == (
        "templates/email/hello.yaml:7:5: unknown slot 'nmae'\n"
        "  Did you mean 'name'? Slots: apr, bonus, ends, link, name, nick.\n"
        "templates/email/hello.yaml:7:5: filter 'rate' takes rate, and 'bonus' is money\n"
        "templates/blocks/foot.yaml:7:5: an attribute is not allowed where a slot is shown\n"
        "  Allowed: {{ slot | filter }}, {% if %}, {% include 'block' %}.\n"
        "3 errors in the policy; nothing was run."
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ nick }}",
        "{% if name %}{{ nick }}{% endif %}",
        "{% if nick or name %}{{ nick }}{% endif %}",
        "{% if not nick %}{{ nick }}{% endif %}",
        "{% if nick %}x{% else %}{{ nick }}{% endif %}",
    ],
)
def test_an_optional_slot_is_not_shown_where_it_may_be_missing(source):
    assert _faults(source) == ["optional slot 'nick' is shown where it may be missing"]


@pytest.mark.parametrize(
    "source",
    [
        "{% if nick %}{{ nick }}{% endif %}",
        "{% if nick and name %}{{ nick }}{% endif %}",
        "{% if nick == 'x' %}{{ nick }}{% endif %}",
        "{% if not nick %}x{% else %}{{ nick }}{% endif %}",
        "{% if not nick %}x{% elif name %}{{ nick }}{% endif %}",
        "{% if nick %}{% include 'greeting' %}{% endif %}",
    ],
)
def test_an_optional_slot_is_shown_where_a_condition_has_found_it(source):
    assert "nick" in _checked(source, greeting="{{ nick }}").slots


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{% if name > 'a' %}{% endif %}", "a text has no order"),
        ("{% if bonus == 'x' %}{% endif %}", "this is no money to compare with"),
        ("{% if bonus == 1.5 %}{% endif %}", "this is no money to compare with"),
        ("{% if ends < '2026-02-30' %}{% endif %}", "this is no date to compare with"),
        ("{% if bonus == name %}{% endif %}", "money is compared with text"),
        ("{% if bonus == true %}{% endif %}", "this is no money to compare with"),
    ],
)
def test_a_comparison_is_between_things_of_one_type(source, fault):
    assert _faults(source) == [fault]


def test_a_block_that_includes_itself_is_refused():
    assert "includes itself" in _faults("{% include 'a' %}", a="{% include 'b' %}", b="{% include 'a' %}")[0]


def test_blocks_that_multiply_one_another_are_refused_at_once():
    many = {str(level): f"{{% include '{level + 1}' %}}" * 3000 for level in range(4)} | {"4": "x"}
    assert _faults("{% include '0' %}", **many) == ["more than 100 blocks are put into one text"] * 20


def test_two_files_that_declare_a_slot_must_mean_the_same():
    def block(name, place):
        return _passage("{{ bonus }}", {"bonus": Slot(type="points")}, "templates/blocks/foot.yaml")

    with pytest.raises(PolicyErrors, match="slot 'bonus' is points here and money elsewhere"):
        checked(_passage("{{ bonus }}{% include 'foot' %}"), block=block)


def test_a_condition_alone_on_its_line_leaves_no_blank_line():
    text = _checked("a\n  {% if name %}\nb\n  {% endif %}\nc {% if name %}d{% endif %}\n")
    written = [part.data for node in text.body for part in node.find_all(nodes.TemplateData)]
    assert written == ["a\n", "b\n", "c ", "d"]
