from types import SimpleNamespace

import polars as pl
import pytest

from persona.runs.summary import _caution, silence_of

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


def test_who_is_sent_an_offer_beside_one_on_paper_is_not_left_in_peace_and_each_customer_counts_once():
    rows = [
        (1, "marketing", 1, "H", "gold_test", None),
        (1, "marketing", 2, "O", None, "m1"),
        (2, "marketing", 1, "H", "gold_test", None),
        (2, "marketing", 2, "H", "other_test", None),
        (3, "marketing", None, "N", "worth", None),
        (3, "service", 1, "O", None, "m2"),
    ]
    names = ["customer_no", "slot", "rank", "reason", "reason_id", "message_id"]
    night = SimpleNamespace(policy=SimpleNamespace(workspace=SimpleNamespace(languages=["en"])))
    told = silence_of(pl.DataFrame(rows, schema=names, orient="row"), night)
    assert [(one["reason"], one["reason_id"], one["customers"]) for one in told] == [
        ("H", "gold_test", 1),
        ("N", "worth", 1),
    ]
