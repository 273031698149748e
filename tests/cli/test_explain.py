from types import SimpleNamespace

import pytest

from persona.cli.console import Screen
from persona.cli.explain import _show_decisions

PAPER = {"slot": "marketing", "reason": "H", "reason_id": "gold_test", "is_ghost": True, "offer_id": "gold",
         "channel": "email"}  # fmt: skip
SENT = {"slot": "marketing", "reason": "O", "reason_id": None, "is_ghost": False, "offer_id": "silver",
        "channel": "email", "treatment_id": "mail", "price_point": None, "occasion": "2026-07-01"}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "says"), [((PAPER,), "marketing: silence - "), ((PAPER, SENT), "marketing: on paper - ")]
)
def test_only_who_is_sent_nothing_is_said_to_be_left_in_silence(capsys, rows, says):
    _show_decisions(Screen(), SimpleNamespace(decisions=rows, choices=(), ladders=(), scarce=()), "EUR")
    said = capsys.readouterr().out
    assert says in said
    assert "(gold_test): would have been gold by email" in said
    assert ("silver by email (mail)" in said) == (len(rows) == 2)
