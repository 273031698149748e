from time import process_time

import pytest

from persona.messages.language import checked
from persona.messages.markup import faults
from persona.messages.passages import Passage
from persona.policy.content import Slot
from persona.policy.places import Place

SLOTS = {"name": Slot(type="text"), "link": Slot(type="url")}


def _faults(html):
    text = checked(Passage(html, Place("t.yaml"), SLOTS), block=None)
    return faults(text.body, is_address=lambda slot: SLOTS[slot].type == "url")


@pytest.mark.parametrize(
    "html",
    [
        "<p>{{ name }}</p>",
        '<a href="{{ link }}" title="{{ name }}">x</a>',
        '<a href="https://bank.example/a">x</a><img src="cid:logo" alt="">',
        '<a href="mailto:a@bank.example">x</a><a href="#top">x</a>',
        '<meta http-equiv="Content-Type" content="text/html"><style>p { color: red }</style>',
        "<!--[if mso]><table><![endif]-->{% if name %}<b>{% endif %}",
    ],
)
def test_values_stand_in_text_and_in_quotes(html):
    assert _faults(html) == []


@pytest.mark.parametrize(
    "html",
    [
        "<a href={{ link }}>x</a>",
        '<a href="{{ name }}">x</a>',
        '<a href="https://bank.example/{{ name }}">x</a>',
        '<a href="{{ link }}{{ link }}">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" JavaScript:alert(1)">x</a>',
        '<a href="http://bank.example">x</a>',
        '<img src="data:image/svg+xml,x">',
        "<script>{{ name }}</script>",
        "<script>1</script>",
        "<style>p { color: {{ name }} }</style>",
        "<style>@import 'x'</style>",
        '<p style="color: {{ name }}">x</p>',
        '<p onclick="x()">x</p>',
        "<p {{ name }}>x</p>",
        "<{{ name }}>",
        "</{{ name }}>",
        "<p title='{{ name }}'",
        "<!-- {{ name }} -->",
        "<iframe></iframe>",
        "<form></form>",
        "<svg></svg>",
        '<meta http-equiv="refresh" content="0">',
    ],
)
def test_values_do_not_stand_where_escaping_does_not_help_and_nothing_is_active(html):
    assert len(_faults(html)) >= 1


@pytest.mark.parametrize("piece", ['<a "', "<p a='", "<!--", "<", "<p a="])
def test_markup_made_to_exhaust_the_reader_is_refused_at_once(piece):
    started = process_time()
    assert _faults(piece * (60_000 // len(piece))) == ["a tag is not closed, or a sign < stands by itself: write &lt;"]
    assert process_time() - started < 5
