"""Lints of who may approve."""

import pytest
from fakes import smallest

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS
from persona.policy.policy import Policy

KEY = "ed25519:" + "A" * 43 + "="


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "approvers: [{who: a, roles: [legal]}]\nquorums: [{roles: [lawyers]}]",
            "approvers.yaml:2:12: unknown role 'lawyers'",
        ),
        (
            "approvers: [{who: a, roles: [legal]}]\nquorums: [{roles: [legal], count: 2}]",
            "approvers.yaml:2:11: 2 persons are to approve, and 1 can",
        ),
        (
            f'approvers:\n  - {{who: a, roles: [x], key: "{KEY}"}}\n  - {{who: b, roles: [x], key: "{KEY}"}}',
            "approvers.yaml:3:31: b has the key of a",
        ),
        ("approvers:\n  - {who: Ann, roles: [x]}\n  - {who: ' ann', roles: [x]}", "approver 'ann' stands twice"),
        ("approvers: [{who: a, roles: []}]", "roles"),
        ("approvers: [{who: a, roles: [x], key: 'ed25519:short'}]", "key"),
    ],
)
def test_what_no_approver_could_ever_meet_is_told_with_its_place(tmp_path, text, told):
    root = smallest.written(tmp_path, **{"rules/approvers.yaml": text + "\n"})
    with pytest.raises(PolicyErrors) as found:
        Policy.load(root, lints=LINTS)
    assert told in str(found.value)
