from datetime import date

import polars as pl
import pytest

from persona.offers.besides import besides, night_rules, numbered
from persona.offers.conditions import distinct_conditions
from persona.offers.explain import refused_by
from persona.offers.judged import judged
from persona.offers.permission import may_be_told
from persona.offers.refusals import Asked, Refusals
from persona.offers.suppression import stopped
from persona.offers.verdicts import verdicts
from persona.offers.windows import send_windows
from persona.policy.contact import Contact
from persona.policy.rules import Cooloff, Limit
from persona.tables.reasons import CODES, LETTERS
from persona.tables.verdicts import SEVERAL

DAY = date(2026, 7, 1)
ADULT = {
    "id": "adult",
    "when": "age_years >= 18",
    "source": "Act 1",
    "says": {"en": "is a minor", "de": "ist minderjährig"},
}
RICH = {"id": "earns", "when": "income > 1000 AND country = 'DE'", "source": "Policy 2"}
CALM = {"id": "calm", "when": "NOT is_vulnerable", "source": "Policy 3"}


@pytest.fixture
def refusals(catalog, columns, read, as_of):
    """The refusals of rows under offers; every reason but conditions only where a test says so."""

    def written(profile, *offers, resting=(), already=(), full=(), suppressed=(), consents=True, unapproved=()):
        actions = columns(*offers)
        criteria = distinct_conditions(actions, catalog(), [], day=DAY, read=read)
        people = profile["customer_no"]
        agreed = pl.DataFrame({"customer_no": people, "consent_email": [consents] * len(people)})
        types = {"customer_no": pl.Int64, "type": pl.String, "channel": pl.String}
        asked = Asked(
            judged(profile, criteria.items),
            may_be_told(profile, {"marketing": agreed}, channels=["email"]),
            stopped(profile, pl.DataFrame(suppressed, schema=types, orient="row"), stops={}, channels=["email"]),
            pl.DataFrame({"customer_no": people, "room_week": [0 if n in full else 1 for n in people]}),
            send_windows(profile, [], channels=["email"], as_of=as_of),
            pl.DataFrame(
                resting, schema={"customer_no": pl.Int64, "cooloff": pl.String, "key": pl.String}, orient="row"
            ),
            pl.DataFrame(already, schema={"customer_no": pl.Int64, "action": pl.Int64}, orient="row"),
        )
        week = Limit(id="week", max=1, days=7)
        rest = Cooloff(id="rest", outcome="declined", within_days=9, level="group", suppress_days=9)
        return Refusals(asked, criteria, [week], [rest], unapproved), actions

    return written


def _letters(result):
    return [LETTERS.get(code, "") for code in result["reason_0"]]


def test_the_first_that_refuses_is_the_reason(refusals, profile, offer):
    rows = profile({}, {"age_years": 1, "income": 1}, {"income": 1, "is_vulnerable": None}, {"is_vulnerable": None})
    gold = offer(eligibility=[ADULT], applicability=[RICH], suitability=[CALM])
    result = verdicts(*refusals(rows, gold, full=[1, 2, 3, 4]))
    assert _letters(result) == ["L", "E", "A", "U"]
    assert result["stopped_id"].to_list() == ["week", "adult", "earns", "calm"]


def test_what_is_known_to_fail_is_told_before_what_is_unknown(refusals, profile, offer):
    gold = offer(eligibility=[ADULT, {**RICH, "id": "zone_known", "when": "income > 1000"}])
    result = verdicts(*refusals(profile({"age_years": None, "income": 1}), gold))
    assert result.select("stopped_by", "stopped_id").row(0) == (CODES["E"], "zone_known")


def test_cool_off_limit_occasion_suppression_consent_and_approval_each_have_their_reason(refusals, profile, offer):
    gold, one = offer(), profile({})
    cases = [
        ({"resting": [(1, "rest", "cards")]}, "K", "rest"),
        ({"full": [1]}, "L", "week"),
        ({"already": [(1, 0)]}, "L", "occasion"),
        ({"suppressed": [(1, "fraud", None)]}, "X", "fraud"),
        ({"consents": False}, "C", "email"),
        ({"unapproved": ["gold/mail"]}, "D", "gold/mail"),
        ({}, "", None),
    ]
    for said, letter, name in cases:
        result = verdicts(*refusals(one, gold, **said))
        assert (_letters(result), result["stopped_id"][0]) == ([letter], name)


def test_the_action_that_came_furthest_says_why_the_customer_hears_nothing(refusals, profile, offer):
    offers = (offer("child", eligibility=[{**ADULT, "when": "age_years < 18"}]), offer("poor", applicability=[RICH]))
    result = verdicts(*refusals(profile({"income": 1}, {}), *offers))
    assert result.select("stopped_by", "stopped_id").rows() == [(CODES["A"], "earns"), (0, None)]


def test_service_is_not_refused_by_cool_offs_and_limits_of_marketing(refusals, profile, offer):
    notice = offer(**{"class": "service"})
    result = verdicts(*refusals(profile({}), notice, resting=[(1, "rest", "cards")], full=[1]))
    assert _letters(result) == [""]
    assert result["stopped_by"][0] == CODES["N"]


def test_without_offers_there_is_only_silence(refusals, profile):
    result = verdicts(*refusals(profile({})))
    assert result.select("stopped_by", "stopped_id").row(0) == (CODES["N"], None)


def test_everything_that_refuses_is_told_with_what_was_read_and_what_would_flip_it(refusals, profile, offer):
    rows = profile({"age_years": 17, "income": None, "country": "AT"})
    gold = offer(eligibility=[ADULT], applicability=[RICH])
    here, actions = refusals(rows, gold, consents=False, full=[1])
    told = refused_by(here, actions[0], rows.row(0, named=True), language="de")
    assert [(one.letter, one.id, one.says) for one in told] == [
        ("C", "email", "keine Einwilligung für den Kanal oder keine Adresse"),
        ("E", "adult", "ist minderjährig"),
        ("A", "earns", "für diesen Kunden nicht relevant"),
        ("L", "week", "oft genug angesprochen"),
    ]
    assert [str(change) for change in told[1].change] == ["age_years 17 -> >= 18"]
    assert [str(part) for part in told[2].failing] == ["income unknown -> > 1000", "country 'AT' -> = 'DE'"]


def test_an_admissible_action_has_nothing_against_it(refusals, profile, offer):
    rows = profile({})
    here, actions = refusals(rows, offer(eligibility=[ADULT]))
    assert refused_by(here, actions[0], rows.row(0, named=True)) == ()


def test_what_refuses_besides_conditions_is_named_even_where_a_condition_fails_too(refusals, profile, offer):
    rows = profile({"age_years": 1}, {}, {}, {})
    said = {"full": [1, 2], "resting": [(2, "rest", "cards")], "suppressed": [(3, "odd", None), (4, "fraud", None)]}
    here, actions = refusals(rows, offer(eligibility=[ADULT]), **said)
    numbers = numbered(actions, Contact(here.limits, here.cooloffs, suppressions={"fraud": ["marketing"]}))
    [codes] = besides(here, actions, numbers)
    # A minor over his limit; a limit and a cool-off; a type that the policy does not name; one that it does.
    assert codes.to_list() == [numbers["L", "week"], SEVERAL, numbers["X", "another"], numbers["X", "fraud"]]


def test_the_rules_of_a_night_stand_in_the_order_in_which_they_are_asked(refusals, profile, offer):
    here, actions = refusals(profile({}), offer(eligibility=[ADULT], suitability=[CALM]))
    told = night_rules(here.criteria, actions, Contact(here.limits, here.cooloffs))
    said = ["approval", "email", "profiling", "another", "adult", "calm", "rest", "week", "occasion", "email"]
    assert told["id"].to_list() == said
    assert told.filter(told["bit"].is_not_null()).select("id", "bit", "text").rows() == [
        ("adult", 0, "age_years >= 18"),
        ("calm", 1, "NOT is_vulnerable"),
    ]
