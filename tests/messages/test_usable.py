from datetime import date

import pytest

from persona.messages.approvals import contents
from persona.messages.usable import rules_refused, unapproved
from persona.policy.content import Approval, Approvals
from persona.policy.policy import Policy

DAY = date(2026, 7, 1)


def _approved(bank, *left_out):
    said = {"who": "Bob", "role": "legal", "given_on": date(2026, 6, 1), "expires": date(2027, 6, 1)}
    given = [
        Approval(kind=one.kind, id=one.id, hash=one.hash, **said)
        for one in contents(bank)
        if (one.kind, one.id) not in left_out
    ]
    return Policy(bank.root, {**bank.models, "approvals": (Approvals(approvals=tuple(given)),)}, bank.compiled)


def test_with_every_approval_every_treatment_may_be_used(bank, worded):
    assert unapproved(_approved(bank), worded, day=DAY) == {}


@pytest.mark.parametrize(
    ("left_out", "unusable"),
    [
        (("offer", "stay"), ["email", "push", "sms"]),
        (("block", "guarantee"), ["email", "push", "sms"]),
        (("template", "sms/stay"), ["sms"]),
    ],
)
def test_a_missing_approval_takes_out_the_treatments_that_show_the_content(bank, worded, left_out, unusable):
    found = unapproved(_approved(bank, left_out), worded, day=DAY)
    assert sorted(treatment for _, treatment in found) == unusable
    assert {(one.content.kind, one.content.id) for one in found.values()} == {left_out}


def test_approvals_that_have_expired_take_out_everything(bank, worded):
    assert len(unapproved(_approved(bank), worded, day=date(2027, 6, 1))) == 3


def test_a_bank_without_rules_needs_no_approval_of_them(bank):
    assert rules_refused(bank, day=DAY) is None
