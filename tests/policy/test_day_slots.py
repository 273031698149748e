"""Parts of the day and rollouts in ``rules/contact.yaml``: what of them cannot be meant, each at its line."""

import pytest
from fakes.smallest import written

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS
from persona.policy.policy import Policy

SLOT = 'day_slots:\n  - {id: morning, channels: [email], send_from: "08:00", send_until: "12:00"}\n'


def told(root, contact, constraints="constraints: []\n"):
    files = {"rules/contact.yaml": contact, "rules/constraints.yaml": constraints}
    with pytest.raises(PolicyErrors) as caught:
        Policy.load(written(root, **files), lints=LINTS)
    return [(error.where, error.what) for error in caught.value.errors]


def test_a_constraint_on_a_part_of_the_day_that_there_is_none_of_is_found(tmp_path):
    rows = "constraints:\n  - {id: few, sum: 1, where: day_slot = 'mornings', max: 5}\n"
    assert told(tmp_path, SLOT, rows) == [("rules/constraints.yaml:2:30", "unknown day slot 'mornings'")]


def test_a_window_of_days_cannot_look_back_on_parts_of_the_day(tmp_path):
    rows = "constraints:\n  - {id: few, sum: 1, where: day_slot = 'morning', days: 7, max: 5}\n"
    assert told(tmp_path, SLOT, rows)[0][1] == "a window of days cannot look back on day_slot"


def test_channels_offers_and_answers_that_there_are_none_of_are_found(tmp_path):
    rollout = (
        "rollouts:\n  - id: slowly\n    offers: [cashbak]\n    waves:\n      - {share: 0.1}\n"
        "      - {share: 1, gate: {outcomes: [complaint], max_share: 0.01}}\n"
    )
    found = told(tmp_path, SLOT.replace("[email]", "[fax]") + rollout)
    assert [what for _, what in found] == [
        "unknown channel 'fax'", "unknown offer 'cashbak'", "unknown outcome 'complaint'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("send_until", "fault"),
    [
        ("08:00", ("rules/contact.yaml:2:70", "ends before it begins")),
        ("24:30", ("rules/contact.yaml:2:70", "day_slots[0].send_until does not look as it must, not '24:30'")),
    ],
)
def test_a_part_of_the_day_has_hours_of_a_clock_and_ends_after_it_begins(tmp_path, send_until, fault):
    assert told(tmp_path, SLOT.replace("12:00", send_until)) == [fault]
