from datetime import date

import polars as pl
import pytest

from persona.foundation.identity import believed
from persona.policy.identity import Survivor

ROWS = pl.DataFrame(
    {
        "customer_no": [1, 1, 1, 1],
        "source_system": ["core", "cards", "web", "branch"],
        "known_on": [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 1)],
        "email": ["a", "b", None, "b"],
    }
)


@pytest.mark.parametrize(
    ("rule", "survives"),
    [
        (Survivor(), "a"),
        (Survivor(by="systems", systems=("web", "cards")), "b"),
        (Survivor(by="newest"), "b"),
        (Survivor(by="most"), "b"),
    ],
)
def test_each_rule_believes_whom_it_says(rule, survives):
    golden = ROWS.group_by("customer_no").agg(believed("email", rule, systems=["core", "cards"]))
    assert golden["email"].to_list() == [survives]


def test_what_nobody_knows_stays_unknown():
    nothing = ROWS.with_columns(email=pl.lit(None, dtype=pl.String))
    golden = nothing.group_by("customer_no").agg(believed("email", Survivor(by="most"), systems=[]))
    assert golden["email"].to_list() == [None]
