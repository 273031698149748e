import pytest

from persona.runs.summary import _caution

STILL, MOVED = {"is_alarm": False}, {"is_alarm": True}


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ({"not_trusted_because": [], "drift": {"gap": STILL}}, ""),
        ({"not_trusted_because": []}, ""),
        (
            {"not_trusted_because": [], "drift": {"gap": MOVED, "days": STILL}},
            "Model m, used; but has moved since it was learnt from: gap.",
        ),
        (
            {"not_trusted_because": ["too few", "a leak"], "drift": {"gap": MOVED}},
            "Model m, not trusted as it is: too few; a leak. Used: rates.",
        ),
    ],
)
def test_the_summary_names_what_speaks_against_a_model_and_what_stands_in(card, says):
    assert _caution({"model": "m", "used": "rates"} | card) == says
