from datetime import date

import pytest

from persona.messages.approvals import Content, content_hash, missing, refused
from persona.policy.content import Approval, Block

DAY = date(2026, 7, 1)
BLOCK = {"block": "guarantee", "kind": "disclosure", "author": "Ann", "locales": {"en": {"text": "Covered."}}}
CONTENT = Content("block", "guarantee", content_hash(Block(**BLOCK)), "Ann", "templates/blocks/guarantee.yaml")


def _approval(**changes):
    said = {"kind": "block", "id": "guarantee", "hash": CONTENT.hash, "who": "Bob", "role": "legal"}
    return Approval(**{**said, "given_on": date(2026, 6, 1), "expires": date(2027, 6, 1), **changes})


def test_the_hash_is_of_what_is_said_and_not_of_how_it_lies_in_the_file():
    turned = dict(reversed(BLOCK.items()))
    edited = {**BLOCK, "locales": {"en": {"text": "covered."}}}
    assert content_hash(Block(**turned)) == CONTENT.hash
    assert content_hash(Block(**edited)) != CONTENT.hash


def test_an_approval_by_another_person_holds():
    assert missing([CONTENT], [_approval()], day=DAY) == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"hash": "0" * 32}, "edited"),
        ({"who": " ann "}, "by its author"),
        ({"given_on": date(2026, 7, 2)}, "not yet"),
        ({"expires": DAY}, "expired"),
        ({"id": "other"}, "none"),
    ],
)
def test_an_approval_that_does_not_hold_says_why(changes, why):
    assert [one.why for one in missing([CONTENT], [_approval(**changes)], day=DAY)] == [why]


def test_one_approval_that_holds_is_enough():
    given = [_approval(hash="0" * 32), _approval(), _approval(expires=DAY)]
    assert missing([CONTENT], given, day=DAY) == ()


def test_the_nearest_approval_is_named_whatever_the_order():
    given = [_approval(hash="0" * 32), _approval(expires=DAY), _approval(hash="1" * 32)]
    assert [missing([CONTENT], order, day=DAY)[0].why for order in (given, given[::-1])] == ["expired", "expired"]


def test_everything_missing_is_told_at_once_with_what_to_do():
    other = Content("template", "email/hello", "2" * 32, "Ann", "templates/email/hello.yaml")
    error = refused(missing([CONTENT, other], [_approval(hash="0" * 32)], day=DAY))
    assert str(error) == (
        "templates/blocks/guarantee.yaml: block 'guarantee' was edited after its approval by Bob, which is void\n"
        "  Somebody other than Ann approves it: `persona approve block:guarantee`.\n"
        "templates/email/hello.yaml: template 'email/hello' has no approval\n"
        "  Somebody other than Ann approves it: `persona approve template:email/hello`.\n"
        "2 approvals missing; nothing unapproved is rendered."
    )
    assert error.exit_code == 5
    assert refused(()) is None
