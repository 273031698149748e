from datetime import date

from persona.offers.conditions import distinct_conditions

DAY = date(2026, 7, 1)


def _condition(name, when, **more):
    return {"id": name, "when": when, "source": "policy 1", **more}


ADULT = _condition("adult", "age_years >= 18")


def test_conditions_of_issue_group_offer_and_treatment_hold_together(catalog, offer, columns, read):
    treatment = {
        "id": "mail",
        "channel": "email",
        "template": "gold",
        "cost_minor": 0,
        "applicability": [_condition("mobile", "has_phone")],
    }
    gold = offer(treatments=[treatment], suitability=[_condition("able", "income > 1000")])
    known = catalog(
        issues={"grow": {"eligibility": [ADULT]}},
        groups={"cards": {"issue": "grow", "applicability": [_condition("near", "country = 'DE'")]}},
    )
    criteria = distinct_conditions(columns(gold), known, [], day=DAY, read=read)
    assert [(one.kind, one.id) for one in criteria.items] == [
        ("E", "adult"), ("A", "mobile"), ("A", "near"), ("S", "able"),
    ]  # fmt: skip
    assert criteria.of_action == ((0, 1, 2, 3),)


def test_a_condition_that_two_offers_share_is_one_bit(catalog, offer, columns, read):
    offers = (offer("gold", eligibility=[ADULT]), offer("silver", eligibility=[ADULT]))
    criteria = distinct_conditions(columns(*offers), catalog(), [], day=DAY, read=read)
    assert ([one.id for one in criteria.items], criteria.of_action) == (["adult"], ((0,), (0,)))


def test_an_offer_that_does_not_inherit_leaves_what_is_above_it(catalog, offer, columns, read):
    known = catalog(issues={"grow": {"eligibility": [ADULT]}}, groups={"cards": {"issue": "grow"}})
    alone = offer(inherit=False, why_not_inherit="a youth account", eligibility=[_condition("young", "age_years < 18")])
    criteria = distinct_conditions(columns(alone), known, [], day=DAY, read=read)
    assert [one.id for one in criteria.items] == ["young"]


def test_a_condition_speaks_only_on_the_days_on_which_it_is_in_force(catalog, offer, columns, read):
    dated = [
        _condition("past", "age_years > 1", effective_until="2026-07-01"),
        _condition("now", "age_years > 2", effective_from="2026-07-01"),
        _condition("future", "age_years > 3", effective_from="2026-07-02"),
    ]
    criteria = distinct_conditions(columns(offer(eligibility=dated)), catalog(), [], day=DAY, read=read)
    assert [one.id for one in criteria.items] == ["now"]


def test_a_compliance_rule_is_an_eligibility_of_the_groups_channels_and_classes_it_names(
    catalog, offer, columns, rules, read
):
    rule = {
        "id": "age", "law": "law", "source": "1", "jurisdiction": "DE", "owner": "legal",
        "effective_from": "2020-01-01", "when": "age_years >= 18", "groups": ["cards"], "channels": ["email"],
    }  # fmt: skip
    offers = (offer("gold"), offer("saver", group="savings"), offer("notice", **{"class": "service"}))
    criteria = distinct_conditions(columns(*offers), catalog(), [rules(rule)], day=DAY, read=read)
    assert [(one.kind, one.id) for one in criteria.items] == [("E", "age")]
    assert criteria.of_action == ((0,), (), ())


def test_a_rule_that_warns_has_a_bit_and_refuses_nothing(catalog, offer, columns, rules, read):
    rule = {
        "id": "care", "law": "law", "source": "1", "jurisdiction": "DE", "owner": "legal", "severity": "warn",
        "effective_from": "2020-01-01", "when": "NOT is_vulnerable",
    }  # fmt: skip
    criteria = distinct_conditions(columns(offer()), catalog(), [rules(rule)], day=DAY, read=read)
    assert (criteria.of_action, criteria.mask(0, "E"), criteria.blocks_on_unknown()) == (((0,),), 0, 0)


def test_the_columns_that_conditions_read_are_known(catalog, offer, columns, read):
    gold = offer(eligibility=[ADULT], suitability=[_condition("able", "income > age_years")])
    criteria = distinct_conditions(columns(gold), catalog(), [], day=DAY, read=read)
    assert criteria.columns == ("age_years", "income")
