"""Which approvals hold, and whose are still needed."""

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from persona.messages.approvals import Content
from persona.messages.missing import missing, refused
from persona.messages.quorum import standing
from persona.messages.signatures import public_key, signed
from persona.policy.approvers import Approvers
from persona.policy.content import Approval

DAY = date(2026, 7, 1)
CONTENT = Content("block", "guarantee", "a" * 32, "Ann", "templates/blocks/guarantee.yaml", "high", ("en", "de"))
KEYS = {who: Ed25519PrivateKey.from_private_bytes(who.encode() * 8) for who in ("Ann!", "Bob!", "Cid!", "Dot!")}
PEOPLE = [
    {"who": "Ann", "roles": ["legal"], "key": public_key(KEYS["Ann!"])},
    {"who": "Bob", "roles": ["legal"], "key": public_key(KEYS["Bob!"])},
    {"who": "Cid", "roles": ["legal", "marketing"], "key": public_key(KEYS["Cid!"])},
    {"who": "Dot", "roles": ["marketing"], "key": public_key(KEYS["Dot!"])},
]


def approvers(*quorums, **changes):
    return Approvers.model_validate({"approvers": PEOPLE, "quorums": quorums, **changes})


def approval(**changes):
    said = {"kind": "block", "id": "guarantee", "hash": CONTENT.hash, "who": "Bob", "role": "legal"}
    return Approval(**{**said, "given_on": date(2026, 6, 1), "expires": date(2027, 6, 1), **changes})


def by(who, **changes):
    return signed(approval(who=who, **changes), KEYS[f"{who.strip().title()}!"])


def why(*given, people=None, day=DAY):
    return standing(CONTENT, given, people or approvers(), day=day).why


def test_a_signed_approval_by_another_person_holds_however_his_name_is_written():
    assert why(by("Bob")) is None
    assert why(by(" bob ")) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (by("Bob", hash="0" * 32), "edited"),
        (by("Ann"), "by its author"),
        (by(" ann "), "by its author"),
        (by("Bob", role="marketing"), "no approver"),
        (approval(who="Eve"), "no approver"),
        (approval(), "not signed"),
        (signed(approval(), KEYS["Cid!"]), "false signature"),
        (by("Bob").model_copy(update={"expires": date(2099, 1, 1)}), "false signature"),
        (by("Bob").model_copy(update={"signature": "no base 64"}), "false signature"),
        (by("Bob", given_on=date(2026, 7, 2)), "not yet"),
        (by("Bob", expires=DAY), "expired"),
    ],
)
def test_an_approval_that_does_not_hold_says_why(given, told):
    assert why(given) == told


@pytest.mark.parametrize("field", ["kind", "id", "who", "role", "scope", "given_on", "expires"])
def test_a_signature_is_of_every_word_of_the_approval(field):
    other = {"kind": "offer", "id": "x", "who": "Cid", "role": "x", "scope": ("en",), "given_on": DAY, "expires": DAY}
    edited = by("Bob").model_copy(update={field: other[field]})
    assert not standing(CONTENT, [edited], approvers(), day=DAY).holding


def test_a_risk_class_may_do_without_signatures_but_never_with_false_ones():
    free = approvers(unsigned=["high"])
    assert why(approval(), people=free) is None
    assert why(signed(approval(), KEYS["Dot!"]), people=free) == "false signature"


def test_without_approvers_nothing_is_approved():
    assert why(by("Bob"), people=Approvers()) == "no approver"


def test_two_of_a_role_are_two_persons():
    two = approvers({"roles": ["legal"], "count": 2})
    assert why(by("Bob"), by("Bob"), people=two) == "too few"
    assert why(by("Bob"), by("Cid"), people=two) is None
    told = standing(CONTENT, [by("Bob")], two, day=DAY).lacks
    assert [str(lack) for lack in told] == ["1 of legal (Cid)"]


def test_a_person_of_two_roles_counts_in_the_one_he_approved_in_first():
    both = approvers({"roles": ["legal"]}, {"roles": ["marketing"]})
    assert why(by("Cid", role="marketing"), by("Cid"), people=both) == "too few"
    assert why(by("Cid", role="marketing"), by("Bob"), people=both) is None


def test_a_quorum_speaks_of_its_kinds_and_risk_classes_only():
    people = approvers(
        {"kinds": ["offer"], "roles": ["legal"], "count": 2}, {"risk_classes": ["low"], "roles": ["legal"]}
    )
    assert why(by("Dot", role="marketing"), people=people) is None


def test_each_language_is_approved():
    half = by("Bob", scope=("en",))
    assert why(half) == "too few"
    assert why(half, by("Cid", scope=("de",))) is None
    told = standing(CONTENT, [half], approvers(), day=DAY).lacks
    assert [str(lack) for lack in told] == ["1 of legal or marketing for de (Bob, Cid, Dot)"]


def test_what_is_approved_says_until_when():
    two = approvers({"roles": ["legal"], "count": 2})
    given = [by("Bob", expires=date(2026, 9, 1)), by("Cid", expires=date(2026, 8, 1))]
    assert standing(CONTENT, given, approvers(), day=DAY).until == date(2026, 9, 1)
    assert standing(CONTENT, given, two, day=DAY).until == date(2026, 8, 1)
    assert standing(CONTENT, given[:1], two, day=DAY).until is None


def test_the_nearest_approval_is_named_whatever_the_order():
    given = [by("Bob", hash="0" * 32), by("Bob", expires=DAY), by("Bob", hash="1" * 32)]
    assert [why(*order) for order in (given, given[::-1])] == ["expired", "expired"]


def test_everything_missing_is_told_at_once_with_what_to_do():
    other = Content("template", "email/hello", "2" * 32, "Ann", "templates/email/hello.yaml")
    third = Content("offer", "tips", "3" * 32, "Ann", "rules/offers/tips.yaml")
    two = approvers({"roles": ["legal"], "count": 2})
    given = [by("Bob", hash="0" * 32), by("Bob", kind="offer", id="tips", hash="3" * 32)]
    error = refused(missing([CONTENT, other, third], given, two, day=DAY))
    assert str(error) == (
        "templates/blocks/guarantee.yaml: block 'guarantee' was edited after its approval by Bob, which is void\n"
        "  Somebody other than Ann approves it: `persona approve block:guarantee`.\n"
        "templates/email/hello.yaml: template 'email/hello' has no approval\n"
        "  Somebody other than Ann approves it: `persona approve template:email/hello`.\n"
        "rules/offers/tips.yaml: offer 'tips' still needs 1 of legal (Cid)\n"
        "  Somebody other than Ann approves it: `persona approve offer:tips`.\n"
        "3 approvals missing; nothing unapproved is rendered."
    )
    assert error.exit_code == 5
    assert refused(()) is None


def test_where_nobody_can_approve_that_is_told():
    alone = Approvers.model_validate({"approvers": PEOPLE[:1]})
    (told,) = missing([CONTENT], [], alone, day=DAY)
    assert told.hint.startswith("Nobody in rules/approvers.yaml can approve block:guarantee")
