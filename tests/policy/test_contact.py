"""The contact policy as it holds on a day, and what cannot be meant in it."""

from datetime import date

import pytest
from fakes.smallest import WORKSPACE

from persona.errors import PolicyErrors
from persona.policy.contact import Contact
from persona.policy.lint import LINTS, warned
from persona.policy.policy import Policy
from persona.policy.rules import ContactPolicy

OFFER = """\
offer: {name}
group: cards
class: {kind}
name: {{en: Offer}}
owner: ann
author: bob
valid: {{from: 2026-01-01, until: 2027-01-01}}
propensity: {{prior: 0.05}}
worth: "2500"
treatments:
  - {{id: mail, channel: email, template: one, cost_minor: 1}}
"""
FILES = {
    "persona.yaml": WORKSPACE,
    "rules/offers/catalog.yaml": "issues: {grow: {}}\ngroups: {cards: {issue: grow}}\n",
    **{f"rules/offers/{name}.yaml": OFFER.format(name=name, kind="marketing") for name in ("gold", "silver")},
    "rules/offers/notice.yaml": OFFER.format(name="notice", kind="service"),
    "templates/email/one.yaml": "template: one\nchannel: email\nauthor: bob\nlocales: {en: {subject: Hi, text: Hi}}\n",
}
CONTACT = """\
limits:
  - {id: month, max: 4, days: 30}
cooloffs:
  - {id: rest, outcome: declined, within_days: 30, level: offer, suppress_days: 30}
conflicts:
  - {id: metals, never: [gold, silver], within_days: 10}
requires:
  - {id: first_gold, offer: silver, after: gold, within_days: 60}
reservations:
  - {id: spring, limit: month, keep: 2, offers: [gold], from: 2026-04-01, until: 2026-05-01, reason: Known}
exemptions:
  - {rules: [month, rest], offers: [gold], reason: Recall, approver: ann, until: 2026-07-02}
"""


@pytest.fixture
def told(tmp_path):
    def faults(contact):
        for name, text in {**FILES, "rules/contact.yaml": contact}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        try:
            Policy.load(tmp_path, lints=LINTS)
        except PolicyErrors as errors:
            return [(error.where.rpartition(":")[0], error.what) for error in errors.errors]
        return []

    return faults


def test_a_contact_policy_in_order_has_nothing_against_it(told):
    assert told(CONTACT) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        ("[gold, silver]", "[gold, siver]", 6, "unknown offer 'siver'"),
        ("[gold, silver]", "[gold, gold]", 6, "'gold' cannot be in conflict with itself"),
        ("[gold, silver]", "[gold, notice]", 6, "'notice' is no marketing and cannot be in conflict"),
        ("after: gold", "after: golt", 8, "unknown offer 'golt'"),
        ("after: gold", "after: silver", 8, "silver after silver: nobody can be told of any"),
        ("within_days: 60", "within_days: 9", 8, "'silver' follows 'gold', with which 'metals' never lets it be"),
        ("limit: month", "limit: moon", 10, "unknown limit 'moon'"),
        ("keep: 2", "keep: 5", 10, "5 are kept of a limit of 4"),
        ("until: 2026-05-01", "until: 2026-04-01", 10, "ends before it begins"),
        ("rules: [month, rest]", "rules: [month, west]", 12, "unknown rule 'west'"),
        ("id: spring", "id: month", 10, "'month' stands twice"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(told, old, new, line, fault):
    assert told(CONTACT.replace(old, new)) == [(f"rules/contact.yaml:{line}", fault)]


def test_offers_that_follow_each_other_in_a_circle_are_told(told):
    more = "  - {id: first_silver, offer: gold, after: silver, within_days: 60}\n"
    contact = CONTACT.replace("reservations:\n", f"{more}reservations:\n")
    assert told(contact) == [
        ("rules/contact.yaml:8", "silver after gold after silver: nobody can be told of any"),
        ("rules/contact.yaml:9", "gold after silver after gold: nobody can be told of any"),
    ]


def test_an_exemption_that_has_ended_is_told(told, tmp_path):
    assert told(CONTACT) == []
    policy = Policy.load(tmp_path)
    told_of = {
        day: [one.what for one in warned(policy, date(2026, 7, day)) if "exemption" in one.what] for day in (1, 2)
    }
    assert told_of == {1: [], 2: ["an exemption from month, rest ended on 2026-07-02"]}


MONTH = {"id": "month", "max": 4, "days": 30}
SPRING = {"id": "spring", "limit": "month", "keep": 2, "offers": ["gold"], "reason": "Known"}
SPRING |= {"from": "2026-04-01", "until": "2026-05-01"}


def _on(day, **said):
    return Contact.of(ContactPolicy.model_validate({"limits": [MONTH], **said}), (), day=date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "limits"),
    [
        ("2026-03-01", [("month", 4)]),
        ("2026-03-02", [("month", 4), ("spring", 2)]),
        ("2026-04-30", [("month", 4), ("spring", 2)]),
        ("2026-05-01", [("month", 4)]),
    ],
)
def test_room_is_kept_as_many_days_before_a_campaign_as_its_limit_looks_back_and_until_its_end(day, limits):
    contact = _on(day, reservations=[SPRING])
    assert [(limit.id, limit.max) for limit in contact.limits] == limits
    assert {limit.without for limit in contact.limits if limit.id == "spring"} <= {("gold",)}


def test_an_exemption_spares_its_offers_until_its_day():
    exempt = {"rules": ["month"], "offers": ["gold"], "reason": "r", "approver": "ann", "until": "2026-07-02"}
    assert [_on(day, exemptions=[exempt]).limits[0].spares for day in ("2026-07-01", "2026-07-02")] == [("gold",), ()]


def test_a_conflict_is_a_limit_of_one_on_the_plan_of_the_night():
    (_, apart) = _on("2026-07-01", conflicts=[{"id": "metals", "never": ["gold", "silver"], "within_days": 10}]).limits
    assert (apart.id, apart.offers, apart.max, apart.is_tonight) == ("metals", ("gold", "silver"), 1, True)
