import pytest

from persona.messages.figures import faults
from persona.messages.language import checked
from persona.messages.passages import Passage
from persona.policy.content import Slot
from persona.policy.places import Place

SLOTS = {"name": Slot(type="text"), "rate": Slot(type="rate"), "bonus": Slot(type="money")}


def _faults(source):
    text = checked(Passage(source, Place("t.yaml"), SLOTS), block=None)
    return faults(text.body, is_text=lambda slot: SLOTS[slot].type == "text")


@pytest.mark.parametrize(
    "source",
    [
        "{{ rate }} for {{ bonus }}.",
        "{{ name }}{{ name }} 24 {{ rate }}",
        "4{{ name }}",
        "{{ rate }}, 2",
        "{% if name %}{{ rate }}{% else %}{{ bonus }}{% endif %} a year",
        "1 {% if name %}{% endif %}{{ rate }}",
    ],
)
def test_figures_that_stand_by_themselves_trace_to_something(source):
    assert _faults(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "1{{ bonus }}",
        "1,{{ bonus }}",
        "{{ bonus }}0",
        "{{ rate }}.5",
        "{{ rate }}{{ bonus }}",
        "{{ name }}{{ rate }}",
        "{{ rate }}{{ name }}",
        "1{% if name %}{{ rate }}{% endif %}",
        "{% if name %}1{% else %}x{% endif %}{{ rate }}",
        "{% if name %}{{ bonus }}{% endif %}{{ rate }}",
        "{% if name %}{% else %}{{ bonus }}{% endif %}00",
    ],
)
def test_a_figure_that_touches_another_is_refused(source):
    assert len(_faults(source)) == 1
