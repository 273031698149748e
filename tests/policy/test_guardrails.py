"""Guardrails in ``rules/constraints.yaml``: what is read, and what of it cannot be meant."""

import pytest
from fakes.smallest import written

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS
from persona.policy.policy import Policy

FILE = "rules/constraints.yaml"


def loaded(root, *rows):
    return Policy.load(written(root, **{FILE: "guardrails:\n" + "".join(f"  - {row}\n" for row in rows)}), lints=LINTS)


def test_a_guardrail_says_its_measure_and_its_bounds(tmp_path):
    [one] = loaded(tmp_path, "{id: cost, measure: cost, of: email, max: 600, max_rise: 0.5}").constraints.guardrails
    assert (one.measure, one.of, str(one.max), str(one.max_rise), one.min) == ("cost", "email", "600", "0.5", None)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{id: cost, measure: cost}", "guardrails[0] needs a min, a max, a max_rise or a max_fall"),
        ("{id: calm, measure: moved, max_rise: 0.1}", "guardrails[0] moved is a change already: give it a max"),
        ("{id: some, measure: options, of: email, min: 1}", "guardrails[0] of is for rows, messages, value, cost"),
        ("{id: cost, measure: cost, of: emial, max: 1}", "unknown offer or channel 'emial'"),
        ("{id: came, measure: rows, of: customer, min: 1}", "unknown table 'customer'"),
        ("{id: cost, measure: cost, min: 2, max: 1}", "min 2 is above max 1: no night could keep it"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path, row, what):
    with pytest.raises(PolicyErrors) as caught:
        loaded(tmp_path, row)
    assert [one.what for one in caught.value.errors] == [what]
