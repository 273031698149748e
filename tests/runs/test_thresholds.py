import pytest

from persona.decisions.compared import AMOUNTS, SHARES, Comparison, Figure
from persona.errors import PolicyError
from persona.runs.thresholds import exceeded

NOTHING = Figure("", 0, 0, 0.0)


@pytest.fixture
def comparison():
    figures = dict.fromkeys((*AMOUNTS, *SHARES), NOTHING) | {
        "messages": Figure("messages", 200, 180, -0.1),
        "cost": Figure("cost", 0, 5, None),
        "moved": Figure("moved", None, 12, 0.06),
    }
    return Comparison("a", "b", figures, *[None] * 7)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("messages=10%", []),
        ("messages=9.9%", ["messages changes by 10.0%, more than 9.9%"]),
        ("messages=19", ["messages changes by 20, more than 19"]),
        ("moved=6%", []),
        ("moved=5%", ["moved changes by 6.0%, more than 5%"]),
        ("moved=11", ["moved changes by 12, more than 11"]),
        ("cost=900%", ["cost changes from nothing, more than 900%"]),
        ("value=0", []),
    ],
)
def test_a_change_fails_above_its_bound_and_not_at_it(comparison, asked, told):
    assert exceeded(comparison, [asked]) == told


@pytest.mark.parametrize("asked", ["moves=5%", "moved=", "moved=five", "moved=-1%", "moved"])
def test_a_threshold_that_is_none_is_refused(comparison, asked):
    with pytest.raises(PolicyError):
        exceeded(comparison, [asked])
