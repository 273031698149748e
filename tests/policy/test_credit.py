"""What may not decide on credit."""

import pytest
from fakes.smallest import CATALOG, OFFER, written

from persona.errors import PolicyErrors
from persona.policy.lints.credit import not_for_credit
from persona.policy.policy import Policy

SEGMENT = """\
segment: {name}
name: {{en: Some}}
when: {when}
owner: ann
review_on: 2027-01-01
"""
LOANS = CATALOG.replace("issue: grow", "issue: grow, regulated_as: [loan]")


def told(root, when, *, key="suitability", catalog=LOANS):
    condition = f"{key}:\n  - {{id: c, when: {when}, source: Policy, says: {{en: a}}}}\n"
    segments = {
        f"rules/segments/{name}.yaml": SEGMENT.format(name=name, when=read)
        for name, read in (("rich", "income_monthly_minor > 400000"), ("app_users", "logins_30d > 3"))
    }
    offer = OFFER[: OFFER.index("eligibility:")] + condition + OFFER[OFFER.index("treatments:") :]
    files = {"rules/offers/catalog.yaml": catalog, "rules/offers/cashback.yaml": offer} | segments
    try:
        Policy.load(written(root, **files), lints=[not_for_credit])
    except PolicyErrors as errors:
        return [error.what for error in errors.errors]
    return []


@pytest.mark.parametrize("when", ["income_monthly_minor > 100000", "in_rich", "age_years < 70 AND NOT is_vulnerable"])
def test_income_decides_on_credit_and_so_does_a_segment_that_reads_nothing_else(tmp_path, when):
    assert told(tmp_path, when) == []


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("logins_30d > 3", "logins_30d may not decide on credit, which offer 'cashback' is: it says how somebody uses"),
        (
            "in_app_users",
            "in_app_users may not decide on credit, which offer 'cashback' is: it reads logins_30d, which",
        ),
        ("region = 'N'", "region may not decide on credit, which offer 'cashback' is: it says where somebody lives"),
    ],
)
@pytest.mark.parametrize("key", ["eligibility", "suitability"])
def test_habits_tastes_and_places_do_not_decide_on_credit(tmp_path, when, why, key):
    assert [one[: len(why)] for one in told(tmp_path, when, key=key)] == [why]


def test_they_may_say_whom_it_interests_and_decide_on_what_is_no_credit(tmp_path):
    assert told(tmp_path, "logins_30d > 3", key="applicability") == []
    assert told(tmp_path, "logins_30d > 3", catalog=CATALOG) == []
