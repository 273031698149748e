import pytest

from persona.offers.cooloffs import resting
from persona.offers.history import contact_history
from persona.policy.rules import Cooloff


def _rule(**said):
    return Cooloff(
        **{"id": "rule", "outcome": "declined", "within_days": 30, "level": "offer", "suppress_days": 10, **said}
    )


@pytest.fixture
def rests(contacts, outcomes, columns, offer, as_of):
    def found(rule, *, told=(), answers=()):
        actions = columns(offer())
        heard = outcomes(*answers)
        history = contact_history(contacts(*told), heard, actions=actions, as_of=as_of)
        return resting(heard, history, [rule], actions=actions, as_of=as_of).rows()

    return found


def _no(at, **more):
    return {"at": at, "outcome": "declined", **more}


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-06-21T08:00", []),
        ("2026-06-22T08:00", [(1, "rule", "gold")]),
        ("2026-06-30T08:00", [(1, "rule", "gold")]),
        ("2026-07-01T08:00", []),
    ],
)
def test_a_cool_off_lasts_its_days_from_the_answer(rests, at, found):
    assert rests(_rule(), answers=[_no(at)]) == found


@pytest.mark.parametrize(("first", "is_resting"), [("2026-06-01T08:00", True), ("2026-05-29T08:00", False)])
def test_so_many_answers_must_come_within_the_days(rests, first, is_resting):
    answers = [_no(first), _no("2026-06-28T08:00")]
    assert bool(rests(_rule(count=2), answers=answers)) == is_resting


@pytest.mark.parametrize(
    ("level", "keys"),
    [("offer", ["gold", "silver"]), ("group", ["cards"]), ("channel", ["email", "sms"]), ("all", [""])],
)
def test_the_level_says_what_is_left_in_peace(rests, level, keys):
    answers = [_no("2026-06-28T08:00"), _no("2026-06-28T08:00", offer_id="silver", channel="sms", group_id="cards")]
    assert [key for _, _, key in rests(_rule(level=level), answers=answers)] == keys


def test_answers_of_different_offers_do_not_add_up_at_the_level_of_the_offer(rests):
    answers = [_no("2026-06-28T08:00"), _no("2026-06-29T08:00", offer_id="silver")]
    assert rests(_rule(count=2), answers=answers) == []
    assert rests(_rule(count=2, level="all"), answers=answers) == [(1, "rule", "")]


@pytest.mark.parametrize(
    ("answers", "is_ignored"),
    [
        ([], True),
        ([{"outcome": "opened", "at": "2026-06-22T08:00"}], False),
        ([{"outcome": "bounced", "at": "2026-06-20T09:00"}], False),
        ([{"outcome": "opened", "at": "2026-06-27T08:00"}], True),
        ([{"outcome": "opened", "at": "2026-06-22T08:00", "offer_id": "silver"}], True),
    ],
)
def test_what_was_sent_and_had_no_answer_in_its_days_was_ignored(rests, answers, is_ignored):
    told = [{"at": "2026-06-20T08:00"}]
    assert bool(rests(_rule(outcome="ignored"), told=told, answers=answers)) == is_ignored


def test_a_contact_may_still_be_answered_before_its_days_are_over(rests):
    assert rests(_rule(outcome="ignored"), told=[{"at": "2026-06-25T08:00"}]) == []


def test_service_and_what_was_never_sent_cannot_be_ignored(rests):
    told = [{"at": "2026-06-20T08:00", "class": "service"}, {"at": "2026-06-21T08:00", "status": "written"}]
    assert rests(_rule(outcome="ignored"), told=told) == []
