"""``rules/constraints.yaml``: what is read, and what of it cannot be meant, each at its line."""

import pytest
from fakes.smallest import written

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS
from persona.policy.policy import Policy

FILE = "rules/constraints.yaml"


def loaded(root, text):
    return Policy.load(written(root, **{FILE: text}), lints=LINTS)


def told(root, text):
    with pytest.raises(PolicyErrors) as caught:
        loaded(root, text)
    return [(error.where.removeprefix(f"{FILE}:"), error.what) for error in caught.value.errors]


def test_what_a_file_may_say_is_read(tmp_path):
    policy = loaded(
        tmp_path,
        """waves: 3
constraints:
  - {id: count, sum: 1, where: channel = 'email' AND age_years >= 30, max: 100, min: 2}
  - {id: budget, sum: cost_minor, days: 30, max: 1000.50, classes: [marketing, service], unit: cents}
  - {id: calls, sum: CASE WHEN channel = 'email' THEN 0.06 * 4 ELSE p * 20 END, max: 480}
  - {id: risk, average: CASE risk_grade WHEN 'A' THEN 1 ELSE 2 END, max: 1.5}
  - {id: part, share: wave = 1, max: 0.4, mode: report}
""",
    )
    assert [(one.id, one.kind, one.text, one.is_enforced) for one in policy.constraints.constraints] == [
        ("count", "sum", "1", True),
        ("budget", "sum", "cost_minor", True),
        ("calls", "sum", "CASE WHEN channel = 'email' THEN 0.06 * 4 ELSE p * 20 END", True),
        ("risk", "average", "CASE risk_grade WHEN 'A' THEN 1 ELSE 2 END", True),
        ("part", "share", "wave = 1", False),
    ]
    assert (policy.constraints.waves, policy.constraints.per_customer) == (3, 1)


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        (
            "{id: a, sum: 1, max: 5, where: chanel = 'email'}",
            "2:36",
            "unknown column 'chanel' of an action of a customer",
        ),
        ("{id: a, sum: 1, max: 5, where: channel = 'emial'}", "2:36", "unknown channel 'emial'"),
        ("{id: a, sum: 1, max: 5, where: offer_id = 'cash' OR age_years > 9}", "2:36", "unknown offer 'cash'"),
        ("{id: a, sum: 1, max: 5, where: \"group_id IN ('cards', 'loans')\"}", "2:36", "unknown group 'loans'"),
        ("{id: a, sum: 1, max: 5, where: segment = 'rich'}", "2:36", "unknown segment 'rich'"),
        ("{id: a, sum: CASE channel WHEN 'fax' THEN 1 ELSE 0 END, max: 5}", "2:18", "unknown channel 'fax'"),
        ("{id: a, max: 5}", "2:5", "constraints[0] needs one of sum, average and share"),
        ("{id: a, sum: 1, share: p > 0.5, max: 5}", "2:5", "constraints[0] needs one of sum, average and share"),
        ("{id: a, sum: 1}", "2:5", "constraints[0] needs a max, a min or both"),
        (
            "{id: a, average: p, max: 1, days: 3}",
            "2:5",
            "constraints[0] a window of days is for a sum, not for an average or a share",
        ),
        ("{id: a, sum: 1, max: 1, most: 3}", "2:29", "unknown key 'most'"),
        ("{id: a, sum: 1, min: 9, max: 3}", "2:26", "constraint 'a' asks for at least 9 and at most 3"),
        ("{id: a, share: p > 0.5, max: 20}", "2:34", "the bound of share 'a' is 20"),
        ("{id: a, sum: p, max: 5, days: 7}", "2:18", "a window of days cannot look back on p"),
        (
            "{id: a, sum: 1, max: 5, where: channel = 'email' AND channel = 'sms'}",
            "2:36",
            "no customer can meet the condition",
        ),
        ("{id: a, sum: 1, max: 5, classes: [service]}", "2:29", "constraint 'a' speaks of no offer"),
        ("{id: a, sum: 1, max: 5, where: wave = 4}", "2:36", "constraint 'a' speaks of no wave"),
        ("{id: a, sum: channel, max: 5}", "2:18", None),
    ],
)
def test_a_slip_is_told_at_its_place(tmp_path, line, where, what):
    found = told(tmp_path, f"constraints:\n  - {line}\n")
    assert [place for place, _ in found] == [where] * len(found)
    assert what is None or what in [said for _, said in found]


def test_two_constraints_on_the_same_contacts_may_not_exclude_each_other(tmp_path):
    rules = "constraints:\n  - {id: most, sum: 1, max: 3}\n  - {id: least, sum: 1, min: 9}\n"
    assert told(tmp_path, rules) == [("3:10", "constraints 'most' and 'least' ask for at least 9 and at most 3")]


def test_an_id_stands_once(tmp_path):
    rules = "constraints:\n  - {id: a, sum: 1, max: 3}\n  - {id: a, sum: p, max: 9}\n"
    assert told(tmp_path, rules) == [("3:10", "constraint 'a' stands twice")]


def test_a_minimum_above_the_caps_of_its_offers_cannot_be_met(tmp_path):
    root = written(tmp_path, **{FILE: "constraints:\n  - {id: a, sum: 1, min: 9}\n"})
    offer = root / "rules/offers/cashback.yaml"
    offer.write_text(offer.read_text().replace("group: cards", "group: cards\ncap: 5"))
    with pytest.raises(PolicyErrors) as caught:
        Policy.load(root, lints=LINTS)
    error = caught.value.errors[0]
    assert (error.where, error.what) == (f"{FILE}:2:26", "the minimum 9 of 'a' cannot be met")
    assert error.hint == "Its offers may go to 5 customers a night; lower the min, or raise their `cap`."
